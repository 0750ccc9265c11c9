import type { EmrConnectorFactory, EmrConnectorKind } from '../emr/connector.ts';
import { invalidField, PrecertError } from '../platform/errors.ts';
import type { LinkedAccountsContext } from './context.ts';

/**
 * The host name of the EMR that the settings lead to.
 * @throws PrecertError `validation_error` naming every mistake of the settings
 */
export function checkedInstanceDomain(
  context: LinkedAccountsContext,
  kind: EmrConnectorKind,
  settings: Readonly<Record<string, unknown>>,
): string {
  const factory = factoryOf(context, kind);
  const problems = factory.checkSettings(settings);
  if (problems.length === 0) return factory.instanceDomain(settings);
  const issues = problems.map(({ field, message }) => ({
    field: field === '' ? 'settings' : `settings.${field}`,
    code: 'invalid_format',
    message,
  }));
  throw new PrecertError('validation_error', 'Request validation failed.', { issues });
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
