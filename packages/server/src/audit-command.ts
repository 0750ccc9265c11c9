import { once } from 'node:events';
import { buildApp, refusePending } from './app.ts';
import { auditAnchorPath, auditKeys } from './assemble-audit.ts';
import { type ReadAnchors, readAnchors } from './audit/anchor-file.ts';
import { hasChain } from './audit/audit-queries.ts';
import { entryJson } from './audit/entry-json.ts';
import { exportEntries } from './audit/export-entries.ts';
import { operator } from './audit/operator.ts';
import type { ChainProblem } from './audit/verify-chain.ts';
import { type VerifiedChain, verifyTrail } from './audit/verify-trail.ts';
import { print, readInstant, readOptions, required, UsageError } from './command-words.ts';
import { readConfig } from './config/config.ts';
import { findServerSecret } from './identity/server-secret.ts';
import { openDatabase } from './open-storage.ts';
import type { KeyedHash } from './platform/crypto/keyed-hash.ts';
import type { Queryable } from './platform/database/database.ts';
import { asSystem } from './platform/database/database-scope.ts';

export const auditUsage = [
  'audit verify [--organization id] [--anchor file]',
  'audit export --organization id [--from date] [--to date]',
].join('\n  precert ');

type Variables = Readonly<Record<string, string | undefined>>;

/** `audit verify` and `audit export`; the words behind `audit`. */
export async function runAudit([verb, ...rest]: readonly string[], variables: Variables): Promise<void> {
  if (verb === 'verify') return verify(rest, variables);
  if (verb === 'export') return exportTrail(rest, variables);
  throw new UsageError('The audit trail is verified or exported.');
}

const noSecret =
  'The trail is verified with the server’s secret, and there is none: set PRECERT_SECRET, or the data directory that has it.';

/** Reads and changes nothing. */
async function verify(words: readonly string[], variables: Variables): Promise<void> {
  const { organization, anchor } = readOptions(words, ['organization', 'anchor']);
  const { config, secrets } = readConfig(variables);
  const database = await openDatabase(config, secrets, 'refuse');
  let isSound: boolean;
  try {
    await refusePending(database);
    const secret = await findServerSecret(secrets.secret, config.dataDirectory);
    if (secret === undefined) throw new UsageError(noSecret);
    const { chainHash, anchorHash } = auditKeys(secret);
    const { anchors, unsigned } = await findAnchors(anchor, auditAnchorPath(config), anchorHash);
    isSound = await asSystem(async () => {
      if (organization !== undefined && !anchors.has(organization))
        await requireChain(database, organization);
      return printChains(verifyTrail(database, chainHash, anchors, organization));
    });
    for (const line of unsigned) print(`anchor line ${line} was not signed with this server's secret`);
    isSound &&= unsigned.length === 0;
  } finally {
    await database.close();
  }
  print(isSound ? 'The audit trail is sound.' : 'The audit trail is NOT sound.');
  if (!isSound) process.exitCode = 1;
}

/** @returns whether all of them are sound */
async function printChains(chains: AsyncIterable<VerifiedChain>): Promise<boolean> {
  let areSound = true;
  for await (const { organizationId, entries, problems } of chains) {
    print(`${organizationId}: ${entries} entries, ${problems.length === 0 ? 'sound' : 'NOT SOUND'}`);
    for (const problem of problems) print(`  ${describe(problem)}`);
    areSound &&= problems.length === 0;
  }
  return areSound;
}

/** There would be nothing wrong with a mistyped id for ever. @throws UsageError */
async function requireChain(database: Queryable, organization: string): Promise<void> {
  if (await hasChain(database, organization)) return;
  throw new UsageError(`There are no audit entries of ${organization}.`);
}

/** @throws UsageError when the named file cannot be read */
async function findAnchors(
  named: string | undefined,
  standard: string,
  keyed: KeyedHash,
): Promise<ReadAnchors> {
  try {
    return await readAnchors(named ?? standard, keyed);
  } catch (error) {
    if (named !== undefined)
      throw new UsageError(`The anchor file ${named} cannot be read.`, { cause: error });
    print(`There is no anchor file ${standard}: the end of a chain could be cut off unseen.`);
    return { anchors: new Map(), unsigned: [] };
  }
}

const faults: Readonly<Record<ChainProblem['fault'], string>> = {
  altered: 'is not what was appended here',
  missing: 'is missing',
  cut_off: 'was cut off the end of the chain',
  replaced: 'is another one than the head or an anchor tells of',
  beyond_head: 'stands behind the head of the chain',
};

function describe({ fault, from, to }: ChainProblem): string {
  return from === to ? `entry ${from} ${faults[fault]}` : `entries ${from} to ${to}: each ${faults[fault]}`;
}

async function exportTrail(words: readonly string[], variables: Variables): Promise<void> {
  const options = readOptions(words, ['organization', 'from', 'to']);
  const organization = required(options, 'organization');
  const range = {
    organizationId: organization,
    from: readInstant(options, 'from') ?? new Date('0001-01-01T00:00:00Z'),
    to: readInstant(options, 'to') ?? new Date('9999-12-31T00:00:00Z'),
  };
  const { config, secrets } = readConfig(variables);
  const app = await buildApp(config, secrets, { migrations: 'refuse' });
  try {
    await asSystem(() => requireChain(app.database, organization));
    app.audit.record(
      {
        organizationId: organization,
        actor: operator(),
        operation: 'audit export',
        resourceType: 'audit_entry',
      },
      { outcome: 'allowed' },
    );
    await asSystem(async () => {
      for await (const entry of exportEntries(app.database, range)) {
        const line = JSON.stringify({ organizationId: organization, ...entryJson(entry), hash: entry.hash });
        // Whoever reads us may be slower than the database.
        if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain');
      }
    });
  } finally {
    await app.close();
  }
}
