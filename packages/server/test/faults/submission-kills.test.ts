import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type ApiClient, createApiClient } from '../support/api/api-client.ts';
import { authorizationsPath, createCase, succeed } from '../support/api/sample-case.ts';
import {
  createServerSite,
  endServerProcesses,
  readCredentials,
  type ServerSite,
  startServerProcess,
} from '../support/api/server-process.ts';

/** Kills come at these moments after the submits began, so that rendering, hand-over and recording are all hit. */
const killAfterMs = [40, 250, 600, 1_100];
const submitsPerRound = 3;

let site: ServerSite;
beforeAll(async () => {
  site = await createServerSite({ PRECERT_SUBMIT_WAIT_MS: '0' });
});
afterEach(endServerProcesses);
afterAll(() => site.remove());

test('a server killed again and again while it submits loses no case and sends none twice', {
  timeout: 300_000,
}, async () => {
  const caseIds: string[] = [];
  for (const killDelay of killAfterMs) caseIds.push(...(await submitAndKill(killDelay)));

  const server = await startServerProcess(site);
  const client = createApiClient(server.baseUrl, (await readCredentials(site)).priorAuth);
  for (const caseId of caseIds) {
    // A lease of a dead worker runs out after 15 seconds; the sweeper looks every five.
    await expect
      .poll(() => stateOf(client, caseId), { timeout: 90_000, interval: 500 })
      .not.toBe('submitting');
    await checkCase(client, caseId);
  }
  expect(caseIds).toHaveLength(killAfterMs.length * submitsPerRound);
});

async function submitAndKill(killDelay: number): Promise<readonly string[]> {
  const server = await startServerProcess(site);
  const client = createApiClient(server.baseUrl, (await readCredentials(site)).priorAuth);
  const caseIds: string[] = [];
  for (let count = 0; count < submitsPerRound; count += 1)
    caseIds.push((await createCase(client, { ready: true })).id);
  // Whether an answer arrives before the kill is chance; what counts is what is found afterwards.
  const submits = caseIds.map((id) =>
    client.call('POST', `${authorizationsPath}/${id}/submit`).catch(() => undefined),
  );
  await delay(killDelay);
  server.signal('SIGKILL');
  await Promise.all([server.ended(), ...submits]);
  return caseIds;
}

/** What stands in the record and what the payer's line received must be the same story. */
async function checkCase(client: ApiClient, caseId: string): Promise<void> {
  const path = `${authorizationsPath}/${caseId}`;
  const state = await stateOf(client, caseId);
  const attempts = succeed(await client.call('GET', `${path}/submissions`)).data;
  const received = await Promise.all(attempts.map(({ id }: { id: string }) => countTransmissions(id)));
  const story = attempts.map(({ status }: { status: string }, index: number) => [status, received[index]]);
  // Not begun, taken once, or given back without having left.
  const stories = { ready_to_submit: [[], [['failed', 0]]], pending_payer: [[['completed', 1]]] };
  expect(stories[state as keyof typeof stories], `state ${state}`).toContainEqual(story);
  const artifacts = succeed(await client.call('GET', `${path}/artifacts`)).data;
  expect(
    artifacts.filter(({ kind }: { kind: string }) => kind === 'submission_packet').length,
  ).toBeLessThanOrEqual(1);
  const events = succeed(await client.call('GET', `${path}/events?limit=100`)).data;
  expect(events.map(({ sequence }: { sequence: number }) => sequence)).toEqual(
    events.map((_: unknown, at: number) => at + 1),
  );
}

async function stateOf(client: ApiClient, caseId: string): Promise<string> {
  return succeed(await client.call('GET', `${authorizationsPath}/${caseId}`)).workflowState;
}

/** What the simulated line noted of an attempt, read from its own ledger. */
async function countTransmissions(attemptId: string): Promise<number> {
  const ledger = join(site.dataDirectory, 'files', 'blobs', 'simulator-fax', attemptId);
  const notes = await readdir(ledger).catch(() => []);
  return notes.filter((name) => name.endsWith('.json')).length;
}
