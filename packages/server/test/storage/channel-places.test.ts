import { describe, expect, test } from 'vitest';
import {
  soundCatalog,
  soundPayer,
  soundTemplate,
  writeCatalog,
} from '../../src/catalog/catalog-for-tests.ts';
import { asOrganization } from '../../src/platform/database/database-scope.ts';
import { openPostgresDatabase } from '../../src/platform/database/postgres-database.ts';
import type { PriorAuthorizationContext } from '../../src/prior-authorization/context.ts';
import { deliverSubmission } from '../../src/prior-authorization/deliver-submission.ts';
import type { Submission } from '../../src/submission/channel.ts';
import { createSimulatorChannel } from '../../src/submission/simulator/simulator-channel.ts';
import type { ApiClient } from '../support/api/api-client.ts';
import { adakveoCase, authorizationsPath, createCase, succeed } from '../support/api/sample-case.ts';
import { type TestServerOptions, useTestServer } from '../support/api/test-server.ts';
import { testDatabaseEngine, testPostgresUrl } from '../support/databases/test-database.ts';

/** More than a process has workers for the fax line. */
const waitingCases = 14;
const faxPlaces = 3;

/** A payer that is reached by portal, beside the shipped ones that are faxed. */
const portalPayer = { id: 'payer_portal', slug: 'portal', displayName: 'Portal Health' };
const { 'templates/aetna/adakveo/questionnaire.json': questionnaire } = soundCatalog();
const catalog = await writeCatalog({
  'payers.json': { payers: [{ ...soundPayer(), ...portalPayer, channel: { kind: 'portal' } }] },
  'templates/portal/adakveo/template.json': {
    ...soundTemplate(),
    id: 'portal-adakveo',
    match: { ...soundTemplate().match, payerId: portalPayer.id },
  },
  'templates/portal/adakveo/questionnaire.json': questionnaire,
});

interface SlowLine {
  readonly options: TestServerOptions;
  /** Attempts at the far end of the fax line now, and the most there ever were. */
  readonly inside: Set<string>;
  most(): number;
  /** Lets whoever is inside, or comes later, through. */
  open(): void;
}

/** A fax line that answers nobody until it is opened, and a portal that answers at once. */
function slowFaxLine(): SlowLine {
  const inside = new Set<string>();
  const opened = Promise.withResolvers<void>();
  let most = 0;
  const channels: NonNullable<TestServerOptions['overrides']>['channels'] = (parts) => {
    const fax = createSimulatorChannel(parts);
    const submit = async (submission: Submission) => {
      inside.add(submission.attemptId);
      most = Math.max(most, inside.size);
      await opened.promise;
      inside.delete(submission.attemptId);
      return fax.submit(submission);
    };
    const capabilities = {
      ...fax.capabilities,
      maximumConcurrentSubmissions: faxPlaces,
      submitTimeoutMs: 60_000,
    };
    return [{ ...fax, submit, capabilities }, createSimulatorChannel({ ...parts, kind: 'portal' })];
  };
  return {
    options: {
      settings: { PRECERT_SUBMIT_WAIT_MS: '0', PRECERT_CATALOG_DIR: catalog.directory },
      overrides: { channels },
    },
    inside,
    most: () => most,
    open: () => opened.resolve(),
  };
}

describe('a slow channel', { timeout: 60_000 }, () => {
  const line = slowFaxLine();
  const server = useTestServer(line.options);

  test('keeps to its own places while others are served, and its waiting cases follow one after the other', async () => {
    const client = await server().newOrganization();
    const faxed = await submitFaxed(client, waitingCases);
    await expect.poll(() => line.inside.size, { timeout: 20_000 }).toBe(faxPlaces);

    const portal = await createPortalCase(client);
    succeed(await client.call('POST', `${authorizationsPath}/${portal}/submit`));
    await expect.poll(() => stateOf(client, portal), { timeout: 20_000 }).toBe('pending_payer');
    expect(line.inside.size).toBe(faxPlaces);

    line.open();
    for (const id of faxed)
      await expect.poll(() => stateOf(client, id), { timeout: 20_000 }).toBe('pending_payer');
    expect(line.most()).toBe(faxPlaces);
  });
});

describe('the sweeper', () => {
  const line = slowFaxLine();
  const server = useTestServer({ ...line.options, workers: false });

  test('wakes no more attempts of a channel than it has places, so that others are not behind them', async () => {
    const client = await server().newOrganization();
    await submitFaxed(client, faxPlaces + 2);
    const portal = await createPortalCase(client);
    succeed(await client.call('POST', `${authorizationsPath}/${portal}/submit`));
    const { database } = server();
    const { jobs } = server().app;
    // As when every wake-up was lost.
    await database.execute(`delete from ${database.schema}_jobs.job`);
    await jobs.sweep();
    const woken = await database.query<{ channel: string }>(
      `select a.channel from ${database.schema}_jobs.job j
         join submission_attempt a on a.id = j.data ->> 'attemptId' where a.organization_id = $1 order by 1`,
      [client.organizationId],
    );
    expect(woken.map(({ channel }) => channel)).toEqual([...Array(faxPlaces).fill('fax'), 'portal']);
  });
});

describe('a place that becomes free', { timeout: 60_000 }, () => {
  const line = slowFaxLine();
  const server = useTestServer({ ...line.options, workers: false });

  test('is given to whoever waits longest, of whatever organization', async () => {
    const { database, app } = server();
    const [first, second] = [await server().newOrganization(), await server().newOrganization()];
    const faxed = await submitFaxed(first, faxPlaces);
    const [waiting = ''] = await submitFaxed(second, 1);
    const deliver = async (client: ApiClient, id: string) => {
      const attemptId = await attemptOf(client, id);
      const { organizationId } = client;
      return asOrganization(organizationId, () =>
        deliverSubmission(app.priorAuthorization, { organizationId, attemptId }),
      );
    };
    const underWay = faxed.map((id) => deliver(first, id));
    await expect.poll(() => line.inside.size, { timeout: 20_000 }).toBe(faxPlaces);
    await deliver(second, waiting);
    expect(await stateOf(second, waiting)).toBe('submitting');
    await database.execute(`delete from ${app.database.schema}_jobs.job`);
    line.open();
    await Promise.all(underWay);
    const woken = await database.query<{ id: string }>(
      `select distinct data ->> 'attemptId' as id from ${app.database.schema}_jobs.job where name like '%submission%'`,
    );
    expect(woken.map(({ id }) => id)).toEqual([await attemptOf(second, waiting)]);
  });
});

describe.runIf(testDatabaseEngine() === 'postgres')('two workers on PostgreSQL', { timeout: 60_000 }, () => {
  const line = slowFaxLine();
  const server = useTestServer({ ...line.options, workers: false });

  test('hold together no more attempts of a channel than it takes', async () => {
    const client = await server().newOrganization();
    const faxed = await submitFaxed(client, waitingCases);
    const attempts = await Promise.all(faxed.map((id) => attemptOf(client, id)));
    const { app } = server();
    const elsewhere = await openPostgresDatabase({ url: testPostgresUrl(), schema: app.database.schema });
    const workers: PriorAuthorizationContext[] = [
      app.priorAuthorization,
      { ...app.priorAuthorization, database: elsewhere },
    ];
    const { organizationId } = client;
    const running = attempts.map((attemptId, index) =>
      asOrganization(organizationId, () =>
        deliverSubmission(workers[index % 2] ?? app.priorAuthorization, { organizationId, attemptId }),
      ),
    );
    await expect.poll(() => line.inside.size, { timeout: 20_000 }).toBe(faxPlaces);
    line.open();
    await Promise.all(running);
    expect(line.most()).toBe(faxPlaces);
    const states = await Promise.all(faxed.map((id) => stateOf(client, id)));
    expect(states.filter((state) => state === 'pending_payer')).toHaveLength(faxPlaces);
    await elsewhere.close();
  });
});

async function submitFaxed(client: ApiClient, count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let made = 0; made < count; made += 1) {
    const { id } = await createCase(client, { ready: true });
    succeed(await client.call('POST', `${authorizationsPath}/${id}/submit`));
    ids.push(id);
  }
  return ids;
}

async function createPortalCase(client: ApiClient): Promise<string> {
  const { id } = succeed(
    await client.call('POST', authorizationsPath, {
      ...adakveoCase,
      coverage: { ...adakveoCase.coverage, payerId: portalPayer.id },
      questionnaireResponse: { item: [{ linkId: 'start', answer: [{ valueBoolean: true }] }] },
    }),
  );
  return id;
}

async function stateOf(client: ApiClient, id: string): Promise<string> {
  return succeed(await client.call('GET', `${authorizationsPath}/${id}`)).workflowState;
}

async function attemptOf(client: ApiClient, id: string): Promise<string> {
  return succeed(await client.call('GET', `${authorizationsPath}/${id}/submissions`)).data[0].id;
}
