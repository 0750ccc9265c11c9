import { createHash } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import type { DocumentRenderer, RenderedDocument } from '../../src/documents/types.ts';
import { asOrganization } from '../../src/platform/database/database-scope.ts';
import { extendLease, leaseAttempt } from '../../src/prior-authorization/submission-attempt-queries.ts';
import { createSimulatorChannel } from '../../src/submission/simulator/simulator-channel.ts';
import { authorizationsPath, createCase, succeed } from '../support/api/sample-case.ts';
import { samplePdf } from '../support/api/sample-documents.ts';
import { useTestServer } from '../support/api/test-server.ts';

const leaseSeconds = 0.4;
/** What another worker sees at each step of the first one's work: undefined when it cannot take the attempt. */
let seenByOthers: Promise<unknown>[] = [];
let organizationId = '';
let attemptId = '';

const server = useTestServer({
  workers: false,
  settings: { PRECERT_SUBMIT_WAIT_MS: '0' },
  overrides: {
    leaseSeconds,
    documents: slowRenderer(),
    channels: (parts) => {
      const simulator = createSimulatorChannel(parts);
      return [
        {
          ...simulator,
          // The first thing asked after the packet was written down.
          validate(payload, destination) {
            void tryFromAnotherWorker();
            return simulator.validate(payload, destination);
          },
          async submit(submission) {
            await tryFromAnotherWorker();
            return simulator.submit(submission);
          },
        },
      ];
    },
  },
});

beforeEach(() => {
  seenByOthers = [];
});

test('a worker that renders for longer than a lease lasts keeps the attempt to itself until it is done', async () => {
  const client = await server().newOrganization();
  const { id } = await createCase(client, { ready: true });
  succeed(await client.call('POST', `${authorizationsPath}/${id}/submit`));
  organizationId = client.organizationId;
  attemptId = succeed(await client.call('GET', `${authorizationsPath}/${id}/submissions`)).data[0].id;

  await server().app.jobs.drain();
  expect(await Promise.all(seenByOthers)).toEqual([undefined, undefined, undefined]);
  expect(succeed(await client.call('GET', `${authorizationsPath}/${id}`)).workflowState).toBe(
    'pending_payer',
  );
});

test('a worker that gave an attempt back holds it no more by a late renewal', async () => {
  const client = await server().newOrganization();
  const { id } = await createCase(client, { ready: true });
  succeed(await client.call('POST', `${authorizationsPath}/${id}/submit`));
  const { database, priorAuthorization } = server().app;
  const attempt = succeed(await client.call('GET', `${authorizationsPath}/${id}/submissions`)).data[0].id;
  const take = () => leaseAttempt(priorAuthorization, client.organizationId, attempt, 15);
  await asOrganization(client.organizationId, async () => {
    const held = await take();
    if (held === undefined) throw new Error('Nobody holds the attempt.');
    await extendLease(database, held, 0);
    expect(await extendLease(database, held, 15)).toBe(false);
    expect(await take()).toMatchObject({ leaseNumber: held.leaseNumber + 1 });
  });
});

function tryFromAnotherWorker(): Promise<unknown> {
  const taken = asOrganization(organizationId, () =>
    leaseAttempt(server().app.priorAuthorization, organizationId, attemptId, leaseSeconds),
  );
  seenByOthers.push(taken);
  return taken;
}

/** Renders until three leases have passed by the database's clock. */
function slowRenderer(): DocumentRenderer {
  return {
    async renderPacket() {
      const { database } = server();
      const [began] = await database.query<{ at: Date }>('select clock_timestamp() as at');
      await expect
        .poll(
          async () => {
            const [row] = await database.query<{ passed: boolean }>(
              `select clock_timestamp() > $1::timestamptz + make_interval(secs => $2) as passed`,
              [began?.at, leaseSeconds * 3],
            );
            return row?.passed;
          },
          { timeout: 10_000 },
        )
        .toBe(true);
      await tryFromAnotherWorker();
      return { form: await sampleDocument(), packet: await sampleDocument() };
    },
    renderForm: sampleDocument,
    inspect: async () => ({ kind: 'readable' }),
    close: async () => undefined,
  };
}

async function sampleDocument(): Promise<RenderedDocument> {
  const bytes = await samplePdf();
  return { bytes, pageCount: 1, sha256: createHash('sha256').update(bytes).digest('hex'), problems: [] };
}
