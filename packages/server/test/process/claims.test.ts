import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Answer } from '../support/api/api-client.ts';
import {
  createServerSite,
  endServerProcesses,
  readCredentials,
  runCommand,
  type ServerSite,
  startServerProcess,
} from '../support/api/server-process.ts';
import { sendWith } from '../support/claims/claims-client.ts';
import { testDatabaseEngine } from '../support/databases/test-database.ts';
import { useReceiver } from '../support/webhooks/receiver.ts';

const slow = { timeout: 180_000 };
const receiver = useReceiver();
let site: ServerSite;

beforeAll(async () => {
  site = await createServerSite({ PRECERT_ALLOW_PRIVATE_WEBHOOKS: 'true' });
});
afterEach(endServerProcesses);
afterAll(() => site.remove());

interface Keys {
  readonly client_id: string;
  readonly client_secret: string;
  readonly access_token: string;
}

function caller(baseUrl: string, { client_id, client_secret, access_token }: Keys) {
  const headers = { client_id, client_secret, access_token, 'content-type': 'application/json' };
  return (method: string, path: string, body?: object): Promise<Answer> =>
    sendWith(headers, `${baseUrl}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
}

test(
  'a sandbox has two clients with accounts to try, and claims that are created and fail',
  slow,
  async () => {
    const server = await startServerProcess(site);
    const { claims, priorAuth } = await readCredentials(site);
    const { ready, notSynced, emrWillFail } = claims.appointments;
    expect([ready.length >= 20, notSynced.length >= 1, emrWillFail.length >= 1]).toEqual([true, true, true]);
    expect(claims.otherAccount.appointments.ready.length).toBeGreaterThanOrEqual(20);
    const call = caller(server.baseUrl, claims);
    await call('POST', '/v1/webhook', { webhook_url: receiver().url('/hook') });
    const post = (appointment_id: string) => call('POST', '/v1/claims', { appointment_id });

    const [first = '', second = ''] = ready;
    const created = await post(first);
    expect(created.status).toBe(202);
    const failed = await post(emrWillFail[0] ?? '');
    expect((await post(notSynced[0] ?? '')).status).toBe(409);
    expect((await post(first)).status).toBe(409);
    const other = caller(server.baseUrl, claims.otherAccount);
    expect((await other('POST', '/v1/claims', { appointment_id: second })).status).toBe(404);
    const mixed = caller(server.baseUrl, { ...claims, access_token: claims.otherAccount.access_token });
    expect((await mixed('GET', '/v1/claims')).status).toBe(401);

    const told = () =>
      receiver()
        .received('/hook')
        .map(({ body }) => JSON.parse(body));
    const eventOf = (answer: Answer) =>
      told().find(({ job_id }: { job_id: string }) => job_id === String(answer.body.job_id));
    await expect.poll(() => eventOf(created)?.type, { timeout: 30_000 }).toBe('claim.created');
    await expect.poll(() => eventOf(failed)?.type, { timeout: 30_000 }).toBe('claim.failed');
    const theirs = (
      await other('POST', '/v1/claims', {
        appointment_id: claims.otherAccount.appointments.ready[0],
      })
    ).body;
    expect(theirs.success).toBe(true);

    server.signal('SIGTERM');
    expect(await server.ended()).toBe(0);
    const again = await startServerProcess(site);
    expect((await readCredentials(site)).claims).toEqual(claims);
    expect((await readCredentials(site)).priorAuth).toEqual(priorAuth);
    const claim = await caller(again.baseUrl, claims)('GET', `/v1/claims/${created.body.claim_id}`);
    expect(claim.body.claim).toMatchObject({
      state: 'created',
      emr_claim_id: expect.stringMatching(/^\d+$/),
    });
    again.signal('SIGTERM');
    await again.ended();
  },
);

/** On the embedded database every command opens it anew, for a minute in all, and shows nothing more. */
const onPostgres = test.runIf(testDatabaseEngine() === 'postgres');

onPostgres('accounts and clients are managed on the command line', slow, async () => {
  const run = async (...words: string[]) => {
    const { code, output } = await runCommand(site, words);
    return { code, output, json: () => JSON.parse(output) };
  };
  const { organizationId } = (await run('keys', 'create', '--name', 'Clinic')).json();
  const organization = ['--organization', organizationId];
  const client = (await run('claims-clients', 'create', ...organization, '--name', 'Billing')).json();
  expect(client).toMatchObject({ client_id: expect.stringMatching(/^ci_sandbox_/) });
  const linked = (
    await run('accounts', 'link', ...organization, '--connector', 'simulator', '--reference', 'front desk')
  ).json();
  expect(linked).toMatchObject({ accessTokenReferenceId: 'front desk', state: 'active' });
  const account = ['--account', linked.accountId];
  const relinked = (
    await run('accounts', 'relink', ...organization, ...account, '--rotate-token', 'yes')
  ).json();
  expect(relinked.accessToken).not.toBe(linked.accessToken);
  expect((await run('accounts', 'list', ...organization)).json()).toMatchObject([
    { accountId: linked.accountId },
  ]);
  expect((await run('claims-clients', 'list', ...organization)).json()).toMatchObject([{ name: 'Billing' }]);
  expect((await run('claims', 'list', '--state', 'outcome_unknown')).json()).toEqual([]);

  const server = await startServerProcess(site);
  const keys = { ...client, access_token: relinked.accessToken };
  expect((await caller(server.baseUrl, keys)('GET', '/v1/claims')).status).toBe(200);
  server.signal('SIGTERM');
  await server.ended();

  expect(await run('accounts', 'revoke', ...organization, ...account)).toMatchObject({ code: 0 });
  expect(await run('claims-clients', 'revoke', ...organization, '--client', client.client_id)).toMatchObject({
    code: 0,
  });
});

onPostgres('commands that make no sense say what would', slow, async () => {
  for (const [words, message] of [
    [['accounts', 'unlink'], 'The verbs are: link, relink, list, revoke.'],
    [['accounts', 'link', '--organization', 'org_none', '--connector', 'simulator'], 'no such organization'],
    [['claims', 'list', '--state', 'lost'], '--state is one of pending_create, created'],
    [['claims', 'resolve', '--organization', 'o', '--claim', 'c', '--outcome', 'maybe'], '--outcome is'],
    [
      ['claims', 'resolve', '--organization', 'o', '--claim', 'c', '--outcome', 'failed'],
      'No claim of this id',
    ],
  ] as const) {
    const { code, output } = await runCommand(site, words);
    expect([code !== 0, output.includes(message), output]).toEqual([true, true, output]);
    expect(output).not.toContain('at async');
  }
});

onPostgres('a worker beside the server posts what the server took', slow, async () => {
  const server = await startServerProcess(site);
  const worker = await startServerProcess(site, ['worker']);
  const { claims } = await readCredentials(site);
  const call = caller(server.baseUrl, claims);
  const { job_id } = (await call('POST', '/v1/claims', { appointment_id: claims.appointments.ready[5] }))
    .body;
  const types = async () =>
    (await call('GET', `/v1/webhook-events?job_id=${job_id}`)).body.webhook_events.map(
      ({ type }: { type: string }) => type,
    );
  await expect.poll(types, { timeout: 30_000 }).toEqual(['claim.created']);
  worker.signal('SIGTERM');
  server.signal('SIGTERM');
  expect([await worker.ended(), await server.ended()]).toEqual([0, 0]);
});
