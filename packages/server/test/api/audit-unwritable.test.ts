import { writeSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ApiClient } from '../support/api/api-client.ts';
import { auditRows } from '../support/api/audit-rows.ts';
import {
  adakveoCase,
  authorizationsPath,
  createCase,
  createCaseInState,
  uploadFile,
} from '../support/api/sample-case.ts';
import { useTestServer } from '../support/api/test-server.ts';
import { download } from '../support/api/upload-session.ts';

/** What the disk does with the next lines of the journal. */
let disk: 'works' | 'full' | 'full in the middle' = 'works';
/** Lines it takes before that. */
let linesLeft = 0;

function write(file: number, bytes: Uint8Array): number {
  if (disk === 'works' || linesLeft-- > 0) return writeSync(file, bytes);
  if (disk === 'full') throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  return writeSync(file, bytes.subarray(0, bytes.length / 2));
}

function fill(state: 'full' | 'full in the middle', lines = 0): void {
  disk = state;
  linesLeft = lines;
}

const unavailable = {
  code: 'service_unavailable',
  message: 'The audit trail cannot be written. Try again shortly.',
  retryable: true,
};

describe('a journal that cannot be written', () => {
  const server = useTestServer({ overrides: { audit: { write } }, workers: false });
  let client: ApiClient;
  let caseId: string;

  beforeAll(async () => {
    client = await server().newOrganization();
    caseId = (await createCase(client)).id;
  });
  afterEach(() => {
    disk = 'works';
  });

  const countCases = async () => {
    const [row] = await server().database.query<{ count: number }>(
      'select count(*)::int as count from prior_authorization where organization_id = $1',
      [client.organizationId],
    );
    return row?.count;
  };

  describe.each(['full', 'full in the middle'] as const)('while the disk is %s', (state) => {
    test('a read is answered with 503, and shows nothing of what it had read', async () => {
      fill(state);
      const answer = await client.call('GET', `${authorizationsPath}/${caseId}`);
      expect([answer.status, answer.body]).toEqual([503, expect.objectContaining(unavailable)]);
      expect(answer.headers.get('etag')).toBeNull();
      expect(answer.headers.get('retry-after')).toBe('5');
      expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    });

    test('a download is answered with 503, without a byte of the file', async () => {
      const id = await uploadFile(client);
      fill(state, 1);
      const answer = await download(client, id);
      const text = await answer.text();
      expect([answer.status, JSON.parse(text)]).toEqual([503, expect.objectContaining(unavailable)]);
      expect(answer.headers.get('content-disposition')).toBeNull();
      expect(answer.headers.get('content-length')).toBe(String(text.length));
    });

    test('a write is refused before it began', async () => {
      const before = await countCases();
      fill(state);
      const answer = await client.call('POST', authorizationsPath, adakveoCase);
      expect([answer.status, answer.body]).toEqual([503, expect.objectContaining(unavailable)]);
      expect(await countCases()).toBe(before);
    });

    test('a refusal is answered with 503 too', async () => {
      fill(state);
      const answer = await fetch(`${server().baseUrl}${authorizationsPath}`);
      expect([answer.status, await answer.json()]).toEqual([503, expect.objectContaining(unavailable)]);
    });

    test('the server is not ready for more', async () => {
      const ready = async () => (await fetch(`${server().baseUrl}/ready`)).status;
      expect(await ready()).toBe(200);
      fill(state);
      await client.call('GET', authorizationsPath);
      expect(await ready()).toBe(503);
      disk = 'works';
      expect(await ready()).toBe(200);
    });

    test('what began before it filled up is answered, and stands in the trail as not known to have ended', async () => {
      // Whether there is room is asked with an empty line after a failure; this request is for that.
      await client.call('GET', authorizationsPath);
      fill(state, 1);
      const answer = await client.call('POST', authorizationsPath, adakveoCase);
      expect(answer.status).toBe(201);
      disk = 'works';
      const requestId = answer.headers.get('x-request-id');
      // In the journal until the process ends: nobody knows that its end will not come.
      expect(await auditRows(server(), 'request_id = $1', [requestId])).toEqual([]);
    });

    test('nothing is given to a payer', async () => {
      const { id } = await createCaseInState(client, 'ready_to_submit');
      const submitting = client.call('POST', `${authorizationsPath}/${id}/submit`);
      // Once the attempt is there, before anybody works on it.
      await expect
        .poll(() =>
          server().database.query('select 1 from submission_attempt where authorization_id = $1', [id]),
        )
        .toHaveLength(1);
      fill(state);
      await server().app.jobs.drain();
      const [attempt] = await server().database.query<{ status: string; handedOverAt: Date | null }>(
        `select status, handed_over_at as "handedOverAt" from submission_attempt where authorization_id = $1`,
        [id],
      );
      expect(attempt).toEqual({ status: 'pending', handedOverAt: null });
      disk = 'works';
      await server().app.jobs.drain({ includeDelayed: true });
      expect((await submitting).body).toMatchObject({ workflowState: 'pending_payer' });
    });

    test('and when there is room again, everything is answered and noted, the trail without a torn line', async () => {
      fill(state);
      await client.call('GET', authorizationsPath);
      disk = 'works';
      const answer = await client.call('GET', authorizationsPath);
      expect(answer.status).toBe(200);
      expect(await auditRows(server(), 'request_id = $1', [answer.headers.get('x-request-id')])).toHaveLength(
        1,
      );
      expect(server().logged()).toContain('the audit journal can be written again');
      expect(server().logged()).not.toContain('cannot be read');
    });
  });
});

describe('a journal that nobody moves', () => {
  const small = useTestServer({ overrides: { audit: { backlogBytes: 4_096 } }, workers: false });

  test('is bounded: requests are refused until it is moved', async () => {
    const caller = await small().newOrganization();
    const statuses: number[] = [];
    for (let count = 0; count < 30; count += 1)
      statuses.push((await caller.call('GET', authorizationsPath)).status);
    const taken = statuses.indexOf(503);
    expect(taken).toBeGreaterThan(5);
    expect(new Set(statuses.slice(taken))).toEqual(new Set([503]));
    await small().app.audit.moveJournal();
    expect((await caller.call('GET', authorizationsPath)).status).toBe(200);
  });
});
