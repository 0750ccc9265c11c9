import { type App, buildApp } from './app.ts';
import { auditWork } from './audit/audit-work.ts';
import { operator } from './audit/operator.ts';
import { listClaimsInState } from './claims/claim-queries.ts';
import { claimStates } from './claims/lifecycle.ts';
import { resolveClaim } from './claims/resolve-claim.ts';
import {
  type Command,
  type Options,
  print,
  printJson,
  readOptions,
  required,
  UsageError,
} from './command-words.ts';
import { readConfig } from './config/config.ts';
import { claimFailureCodes, emrConnectorKinds } from './emr/connector.ts';
import { listClients, revokeClient } from './identity/claims-client-queries.ts';
import { issueClaimsClient } from './identity/issue-claims-client.ts';
import { findOrganization } from './identity/organization-queries.ts';
import { linkAccount } from './linked-accounts/link-account.ts';
import type { LinkedAccount } from './linked-accounts/linked-account.ts';
import { listAccounts } from './linked-accounts/linked-account-queries.ts';
import { relinkAccount } from './linked-accounts/relink-account.ts';
import { unlinkAccount } from './linked-accounts/unlink-account.ts';
import { asSystem } from './platform/database/database-scope.ts';

type Verb = (app: App, options: Options) => Promise<void>;

/** A command that is verbs with options, each run against a database that is left at its version. */
function verbs(
  { resourceType, ...parts }: Pick<Command, 'usage' | 'meaning'> & { readonly resourceType: string },
  options: readonly string[],
  table: Readonly<Record<string, Verb>>,
): Command {
  return {
    ...parts,
    async run([verb = '', ...rest]) {
      const run = Object.hasOwn(table, verb) ? table[verb] : undefined;
      if (run === undefined) throw new UsageError(`The verbs are: ${Object.keys(table).join(', ')}.`);
      const given = readOptions(rest, options);
      const { config, secrets } = readConfig(process.env);
      const app = await buildApp(config, secrets, { migrations: 'refuse' });
      try {
        const operation = `${parts.usage.split(' ', 1)[0]} ${verb}`;
        await asSystem(() => noted(app, { operation, resourceType }, given, () => run(app, given)));
      } finally {
        await app.close();
      }
    },
  };
}

/** What names no organization lists ids and times of all, and touches nobody's data. */
async function noted(
  { audit }: App,
  what: { readonly operation: string; readonly resourceType: string },
  { organization, claim, account, client }: Options,
  work: () => Promise<void>,
): Promise<void> {
  if (organization === undefined) return work();
  const resourceIds = [claim, account, client].filter((id) => id !== undefined);
  await auditWork(audit, { ...what, organizationId: organization, actor: operator(), resourceIds }, work);
}

export const claimsCommands: Readonly<Record<string, Command>> = {
  accounts: verbs(
    {
      resourceType: 'linked_account',
      usage: [
        'accounts link --organization id --connector kind [--settings json] [--reference text] [--timezone name]',
        'accounts relink --organization id --account id [--settings json] [--timezone name] [--rotate-token yes|no]',
        'accounts list --organization id',
        'accounts revoke --organization id --account id',
      ].join('\n  precert '),
      meaning: 'Link an EMR and print its access token, take it up again with new credentials, or unlink it.',
    },
    ['organization', 'account', 'connector', 'settings', 'reference', 'timezone', 'rotate-token'],
    { link: linkOne, relink: relinkOne, list: listAll, revoke: revokeOne },
  ),
  'claims-clients': verbs(
    {
      resourceType: 'claims_client',
      usage: [
        'claims-clients create --organization id [--name text]',
        'claims-clients list --organization id',
        'claims-clients revoke --organization id --client id',
      ].join('\n  precert '),
      meaning: 'Issue client_id and client_secret of the claims API, list clients, or revoke one.',
    },
    ['organization', 'name', 'client'],
    { create: createClient, list: printClients, revoke: revokeOneClient },
  ),
  claims: verbs(
    {
      resourceType: 'claim',
      usage: [
        'claims list --state outcome_unknown',
        'claims resolve --organization id --claim id --outcome created --emr-claim-id id',
        'claims resolve --organization id --claim id --outcome failed [--reason code]',
      ].join('\n  precert '),
      meaning: 'List claims in a state, or say what became of one whose outcome nobody else can tell.',
    },
    ['state', 'organization', 'claim', 'outcome', 'emr-claim-id', 'reason'],
    { list: printClaims, resolve: resolveOne },
  ),
};

async function linkOne({ database, linkedAccounts }: App, options: Options): Promise<void> {
  const organizationId = await organizationOf(database, options);
  const connector = emrConnectorKinds.find((kind) => kind === required(options, 'connector'));
  if (connector === undefined) throw new UsageError(`--connector is one of ${emrConnectorKinds.join(', ')}.`);
  const { account, accessToken } = await linkAccount(quietly(linkedAccounts), organizationId, {
    connector,
    settings: readSettings(options) ?? {},
    by: 'operator',
    accessTokenReferenceId: options.reference,
    timezone: options.timezone,
  });
  printJson({ ...shownAccount(account), accessToken });
}

async function relinkOne({ linkedAccounts }: App, options: Options): Promise<void> {
  const rotate = options['rotate-token'] ?? 'no';
  if (rotate !== 'yes' && rotate !== 'no') throw new UsageError('--rotate-token is yes or no.');
  const { account, accessToken } = await relinkAccount(quietly(linkedAccounts), accountOf(options), {
    settings: readSettings(options),
    by: 'operator',
    timezone: options.timezone,
    rotateToken: rotate === 'yes',
  });
  printJson({ ...shownAccount(account), ...(accessToken === undefined ? {} : { accessToken }) });
}

async function listAll({ database }: App, options: Options): Promise<void> {
  const everything = { before: undefined, limit: 10_000 };
  const accounts = await listAccounts(database, required(options, 'organization'), everything);
  printJson(accounts.map(shownAccount));
}

async function revokeOne({ linkedAccounts }: App, options: Options): Promise<void> {
  await unlinkAccount(quietly(linkedAccounts), accountOf(options));
  print('Unlinked.');
}

/** A command has no queue; the servers' sweepers find what is due within seconds. */
const nobody = async () => undefined;

function quietly(context: App['linkedAccounts']): App['linkedAccounts'] {
  return { ...context, wakeAccount: nobody, wakeDeliveries: nobody };
}

function accountOf(options: Options) {
  return { organizationId: required(options, 'organization'), accountId: required(options, 'account') };
}

function readSettings({ settings }: Options): Readonly<Record<string, unknown>> | undefined {
  if (settings === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(settings);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return { ...parsed };
  } catch {
    // Told below.
  }
  throw new UsageError('--settings is not a JSON object.');
}

function shownAccount({ organizationId, id, ...account }: LinkedAccount) {
  return { organizationId, accountId: id, ...account };
}

async function organizationOf(database: App['database'], options: Options): Promise<string> {
  const organization = required(options, 'organization');
  if ((await findOrganization(database, organization)) !== undefined) return organization;
  throw new UsageError('There is no such organization.');
}

async function createClient({ database, identity }: App, options: Options): Promise<void> {
  const organizationId = await organizationOf(database, options);
  const { name = 'command line' } = options;
  const keys = await issueClaimsClient(database, identity, { organizationId, name });
  printJson({ organizationId, client_id: keys.clientId, client_secret: keys.clientSecret });
}

async function printClients({ database }: App, options: Options): Promise<void> {
  printJson(await listClients(database, required(options, 'organization')));
}

async function revokeOneClient({ database, identity }: App, options: Options): Promise<void> {
  const [organization, client] = [required(options, 'organization'), required(options, 'client')];
  const revoked = await revokeClient(database, organization, client, identity.clock.now());
  print(revoked === 1 ? 'Revoked.' : 'There is no live client of this id.');
  if (revoked !== 1) process.exitCode = 1;
}

const listLimit = 1_000;

/** Ids and times only: a terminal is no place for patients. */
async function printClaims({ database }: App, options: Options): Promise<void> {
  const state = claimStates.find((known) => known === required(options, 'state'));
  if (state === undefined) throw new UsageError(`--state is one of ${claimStates.join(', ')}.`);
  const claims = await listClaimsInState(database, state, listLimit);
  printJson(
    claims.map(({ organizationId, accountId, id, jobId, emrAppointmentId, createdAt }) => ({
      organizationId,
      accountId,
      claimId: id,
      jobId,
      emrAppointmentId,
      createdAt,
    })),
  );
}

async function resolveOne({ claims }: App, options: Options): Promise<void> {
  await resolveClaim(
    { ...claims, wakeDeliveries: nobody },
    {
      organizationId: required(options, 'organization'),
      claimId: required(options, 'claim'),
      outcome: readOutcome(options),
    },
  );
  print('Resolved.');
}

function readOutcome(options: Options): Parameters<typeof resolveClaim>[1]['outcome'] {
  const { outcome, reason = 'unknown_error' } = options;
  if (outcome === 'created') return { kind: 'created', emrClaimId: required(options, 'emr-claim-id') };
  if (outcome !== 'failed') throw new UsageError('--outcome is created or failed.');
  const code = claimFailureCodes.find((known) => known === reason);
  if (code === undefined) throw new UsageError(`--reason is one of ${claimFailureCodes.join(', ')}.`);
  return { kind: 'failed', code };
}
