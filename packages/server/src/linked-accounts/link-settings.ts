import type { EmrConnectorFactory, EmrConnectorKind } from '../emr/connector.ts';
import { invalidField, PrecertError } from '../platform/errors.ts';
import type { LinkedAccountsContext } from './context.ts';
import type { LinkedAccount, LinkedBy } from './linked-account.ts';

export interface SettingsToCheck {
  readonly connector: EmrConnectorKind;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly organizationId: string;
  readonly by: LinkedBy;
}

/**
 * The host name of the EMR that the settings lead to.
 * @throws PrecertError `validation_error` naming every mistake of the settings
 */
export function checkedInstanceDomain(context: LinkedAccountsContext, request: SettingsToCheck): string {
  const { connector, settings, organizationId, by } = request;
  const factory = factoryOf(context, connector);
  const problems = factory.checkSettings(settings, organizationId);
  if (problems.length > 0) throw settingsRefused(problems);
  const closed = factory.origins(settings).filter((origin) => !context.openOrigins.includes(origin));
  if (by === 'operator' || closed.length === 0) return factory.instanceDomain(settings);
  const message = `The operator has not opened ${closed.join(', ')} to accounts linked over the API.`;
  throw settingsRefused([{ field: '', message }]);
}

/**
 * A linked account's mirror, cursors and claims are those of one practice: another one numbers its records alike, and
 * would write over them.
 * @throws PrecertError `validation_error`
 */
export function checkSamePlace(
  context: LinkedAccountsContext,
  { connector, settings: former }: Pick<LinkedAccount, 'connector' | 'settings'>,
  settings: Readonly<Record<string, unknown>>,
): void {
  const factory = factoryOf(context, connector);
  if (factory.placeOf(former) === factory.placeOf(settings)) return;
  const message = 'The settings lead to another EMR than the account’s. Link a new account for it.';
  throw settingsRefused([{ field: '', message }]);
}

function settingsRefused(problems: readonly { readonly field: string; readonly message: string }[]) {
  const issues = problems.map(({ field, message }) => ({
    field: field === '' ? 'settings' : `settings.${field}`,
    code: 'invalid_format' as const,
    message,
  }));
  return new PrecertError('validation_error', 'Request validation failed.', { issues });
}

function factoryOf(context: LinkedAccountsContext, kind: EmrConnectorKind): EmrConnectorFactory {
  const factory = context.connectors.factoryFor(kind);
  if (factory !== undefined) return factory;
  throw invalidField('connector', 'invalid_enum', `This server has no ${kind} connector.`);
}

/** @throws PrecertError `validation_error` for a name the IANA list does not have */
export function checkTimezone(timezone: string): void {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: timezone });
  } catch {
    throw invalidField('timezone', 'invalid_format', 'Expected an IANA name such as America/New_York.');
  }
}
