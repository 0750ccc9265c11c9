import { randomUUID } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createApiClient } from '../support/api/api-client.ts';
import { adakveoCase, authorizationsPath } from '../support/api/sample-case.ts';
import {
  createServerSite,
  endServerProcesses,
  readCredentials,
  runCommand,
  type ServerProcess,
  type ServerSite,
  startServerProcess,
} from '../support/api/server-process.ts';

/** Answers before each kill; the journal is moved twice a second, so that some entries have just been, and some not yet. */
const killAfterAnswers = [25, 60, 110];
const callersAtOnce = 8;

let site: ServerSite;
beforeAll(async () => {
  site = await createServerSite();
});
afterEach(endServerProcesses);
afterAll(() => site.remove());

/** What a client knows of its requests, by the request's id. */
interface Ledger {
  readonly answered: Map<string, number>;
  /** Cut off by the kill: they may have been done or not. */
  readonly unanswered: Set<string>;
}

interface ExportedEntry {
  readonly requestId: string | null;
  readonly operation: string;
  readonly status: number | null;
  readonly outcome: string;
}

test('a server killed again and again under load has the entry of every request it answered', {
  timeout: 300_000,
}, async () => {
  const ledger: Ledger = { answered: new Map(), unanswered: new Set() };
  for (const answers of killAfterAnswers) await loadAndKill(ledger, answers);
  const entries = await settle();
  expect(ledger.answered.size).toBeGreaterThan(190);
  expect(faultsOf(ledger, entries)).toEqual([]);
  expect((await runCommand(site, ['audit', 'verify'])).output).toContain('The audit trail is sound.');
  // A case that is there without an answer has an entry too: it was noted before it was made.
  const creates = entries.filter(({ operation }) => operation === 'createAuthorization');
  expect(await countCases()).toBeLessThanOrEqual(creates.length);
});

test('the check fails when the journal of a killed server is lost', { timeout: 120_000 }, async () => {
  const ledger: Ledger = { answered: new Map(), unanswered: new Set() };
  await loadAndKill(ledger, 40);
  const audit = join(site.dataDirectory, 'audit');
  for (const name of await readdir(audit)) {
    if (name.startsWith('journal-')) await rm(join(audit, name), { recursive: true });
  }
  expect(faultsOf(ledger, await settle())).not.toEqual([]);
});

async function loadAndKill(ledger: Ledger, answers: number): Promise<void> {
  const server = await startServerProcess(site);
  const { priorAuth } = await readCredentials(site);
  const enough = ledger.answered.size + answers;
  const callers = Array.from({ length: callersAtOnce }, async (_, caller) => {
    for (let count = 0; ledger.answered.size < enough; count += 1)
      await callOnce(server, priorAuth, ledger, (caller + count) % 4);
    // While the others still wait for their answers.
    server.signal('SIGKILL');
  });
  await Promise.all([server.ended(), ...callers]);
}

/** A create, a read, a list, or somebody without a token. */
async function callOnce(
  server: ServerProcess,
  credential: { readonly organizationId: string; readonly bearerToken: string },
  { answered, unanswered }: Ledger,
  kind: number,
): Promise<void> {
  const client = createApiClient(server.baseUrl, credential);
  const requestId = `ledger-${randomUUID()}`;
  const headers = { 'x-request-id': requestId, ...(kind === 3 ? { authorization: 'Bearer nobody' } : {}) };
  const path = kind === 1 ? `${authorizationsPath}/auth_${'0'.repeat(26)}` : authorizationsPath;
  try {
    const answer = await client.call(
      kind === 0 ? 'POST' : 'GET',
      path,
      kind === 0 ? adakveoCase : undefined,
      headers,
    );
    answered.set(requestId, answer.status);
  } catch {
    unanswered.add(requestId);
  }
}

/** Starts once more, so that what was left is moved, stops, and reads the trail. */
async function settle(): Promise<readonly ExportedEntry[]> {
  const server = await startServerProcess(site);
  const audit = join(site.dataDirectory, 'audit');
  const journals = async () => (await readdir(audit)).filter((name) => name.startsWith('journal-'));
  // Its own; the others are moved within seconds.
  await expect.poll(journals, { timeout: 60_000, interval: 200 }).toHaveLength(1);
  server.signal('SIGTERM');
  await server.ended();
  const { organizationId } = (await readCredentials(site)).priorAuth;
  return [...(await exported(organizationId)), ...(await exported('unknown'))];
}

async function exported(organizationId: string): Promise<readonly ExportedEntry[]> {
  const { output } = await runCommand(site, ['audit', 'export', '--organization', organizationId]);
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** Requests whose entries are not what the client saw. */
function faultsOf({ answered, unanswered }: Ledger, entries: readonly ExportedEntry[]): readonly string[] {
  const byRequest = Map.groupBy(entries, ({ requestId }) => requestId);
  const faults: string[] = [];
  for (const [requestId, status] of answered) {
    const found = byRequest.get(requestId) ?? [];
    if (found.length !== 1)
      faults.push(`${requestId} was answered with ${status} and has ${found.length} entries`);
    else if (found[0]?.status !== status)
      faults.push(`${requestId} has the status ${found[0]?.status}, not ${status}`);
  }
  for (const requestId of unanswered) {
    const found = byRequest.get(requestId) ?? [];
    if (found.length > 1) faults.push(`${requestId} has ${found.length} entries`);
  }
  return faults;
}

async function countCases(): Promise<number> {
  const server = await startServerProcess(site);
  const client = createApiClient(server.baseUrl, (await readCredentials(site)).priorAuth);
  let count = 0;
  let cursor = '';
  do {
    const { body } = await client.call('GET', `${authorizationsPath}?limit=100${cursor}`);
    count += body.data.length;
    cursor = body.pagination.hasMore ? `&cursor=${body.pagination.nextCursor}` : '';
  } while (cursor !== '');
  server.signal('SIGTERM');
  await server.ended();
  return count;
}
