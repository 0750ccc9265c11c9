import { beforeAll, describe, expect, test } from 'vitest';
import { EmrReadError } from '../../../src/emr/connector.ts';
import type { ApiClient } from '../../support/api/api-client.ts';
import { succeed } from '../../support/api/sample-case.ts';
import { tableText } from '../../support/api/table-contents.ts';
import { useTestServer } from '../../support/api/test-server.ts';
import {
  type ClaimsClient,
  createClaimsClient,
  syncNow,
  workOff,
} from '../../support/claims/claims-client.ts';
import {
  eventTypes,
  expectClaimsError,
  readClaim,
  requestClaim,
} from '../../support/claims/claims-expectations.ts';
import { expireLogin } from '../../support/claims/expire-login.ts';
import { createScriptedEmr, newVisit } from '../../support/claims/scripted-emr.ts';

const emr = createScriptedEmr();
const server = useTestServer({ overrides: { emrConnectors: () => [emr.factory] }, workers: false });

const path = '/v1/linked-accounts';
const link = { connector: 'simulator', settings: { practice: 'practice of the operator' } };

let operator: ApiClient;
beforeAll(async () => {
  operator = await server().newOrganization();
});

describe('linking an EMR', () => {
  test('makes an access token, shown once, and begins to read', async () => {
    const answer = await operator.call('POST', path, {
      ...link,
      accessTokenReferenceId: 'clinic of Ada',
      timezone: 'America/Chicago',
    });
    const { accessToken, ...account } = answer.body;
    expect([answer.status, account]).toEqual([
      201,
      {
        id: expect.stringMatching(/^acc_/),
        accessTokenReferenceId: 'clinic of Ada',
        accessTokenLastFour: accessToken.slice(-4),
        connector: 'simulator',
        settings: link.settings,
        emrInstanceDomain: 'practice of the operator.emr.example',
        timezone: 'America/Chicago',
        state: 'active',
        lastSyncedAt: null,
        createdAt: server().clock.now().toISOString(),
        updatedAt: server().clock.now().toISOString(),
      },
    ]);
    expect(accessToken).toMatch(/^[0-9A-Za-z]{36}$/);
    expect(await tableText(server().database, ['linked_account'])).not.toContain(accessToken);
    await workOff(server());
    const stored = succeed(await operator.call('GET', `${path}/${account.id}`));
    expect(stored).toEqual({ ...account, lastSyncedAt: server().clock.now().toISOString() });
    expect(stored).not.toHaveProperty('accessToken');
  });

  test('is named after the account and kept in UTC when nothing else is said', async () => {
    const account = succeed(await operator.call('POST', path, link));
    expect(account).toMatchObject({ accessTokenReferenceId: account.id, timezone: 'UTC' });
  });

  test.each([
    [{ ...link, connector: 'fhir' }, 'connector', 'invalid_enum'],
    [{ ...link, connector: 'fax' }, 'connector', 'invalid_enum'],
    [{ ...link, settings: {} }, 'settings.practice', 'invalid_format'],
    [{ ...link, settings: [] }, 'settings', 'invalid_type'],
    [{ ...link, timezone: 'Mars/Olympus' }, 'timezone', 'invalid_format'],
    [{ ...link, accessTokenReferenceId: '  ' }, 'accessTokenReferenceId', 'invalid_format'],
    [{ ...link, accessToken: 'mine' }, 'accessToken', 'unrecognized_keys'],
    [{ connector: 'simulator' }, 'settings', 'required'],
  ])('is refused for %j', async (body, field, code) => {
    const answer = await operator.call('POST', path, body);
    expect([answer.status, answer.body.code, answer.body.issues]).toMatchObject([
      400,
      'validation_error',
      [{ field, code }],
    ]);
  });
});

describe('linked accounts', () => {
  test('are listed newest first, page by page, and nobody else’s', async () => {
    const own = await server().newOrganization();
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      ids.unshift(succeed(await own.call('POST', path, link)).id);
      server().clock.advance(1);
    }
    const first = succeed(await own.call('GET', `${path}?limit=3`));
    const rest = succeed(await own.call('GET', `${path}?limit=3&cursor=${first.pagination.nextCursor}`));
    const listed = [...first.data, ...rest.data].map(({ id }: { id: string }) => id);
    expect([listed, rest.pagination.hasMore]).toEqual([ids, false]);
    const foreign = await operator.call('GET', `${path}?limit=3&cursor=${first.pagination.nextCursor}`);
    expect(foreign.body.code).toBe('invalid_cursor');
    const shown = JSON.stringify(succeed(await operator.call('GET', `${path}?limit=100`)));
    expect(ids.filter((id) => shown.includes(id))).toEqual([]);
  });
});

describe('relinking', () => {
  async function settingsOf(client: ClaimsClient) {
    return succeed(await client.operator.call('GET', `${path}/${client.accountId}`)).settings;
  }

  async function expired(): Promise<ClaimsClient> {
    const client = await createClaimsClient(server(), emr);
    await expireLogin(server(), client);
    server().clock.advance(1_000);
    expect((await client.call('GET', '/v1/claims')).status).toBe(403);
    return client;
  }

  test('takes the account up again under the same token', async () => {
    const client = await expired();
    const answer = await client.operator.call('POST', `${path}/${client.accountId}/relink`);
    expect([answer.status, answer.body.state, answer.body.accessToken]).toEqual([200, 'active', null]);
    server().clock.advance(1_000);
    expect((await client.call('GET', '/v1/claims')).status).toBe(200);
    expect((await client.call('POST', '/v1/claims', { appointment_id: '0'.repeat(32) })).status).toBe(404);
  });

  test('may change settings and clock, and nothing else of it', async () => {
    const client = await expired();
    const settings = { ...(await settingsOf(client)), keyId: 'renewed' };
    const answer = await client.operator.call('POST', `${path}/${client.accountId}/relink`, {
      settings,
      timezone: 'Asia/Kolkata',
    });
    expect(answer.body).toMatchObject({
      id: client.accountId,
      settings,
      timezone: 'Asia/Kolkata',
      emrInstanceDomain: `${settings.practice}.emr.example`,
      accessTokenReferenceId: client.referenceId,
    });
  });

  test('does not move the account to another EMR, whose records would mix with those it has', async () => {
    const client = await expired();
    const settings = await settingsOf(client);
    const answer = await client.operator.call('POST', `${path}/${client.accountId}/relink`, {
      settings: { practice: 'next door' },
    });
    expect([answer.status, answer.body.code, answer.body.issues]).toEqual([
      400,
      'validation_error',
      [{ field: 'settings', code: 'invalid_format', message: expect.stringContaining('Link a new account') }],
    ]);
    expect(await settingsOf(client)).toEqual(settings);
  });

  test('ends a sync that is under way with the old settings: it stores nothing more', async () => {
    const client = await createClaimsClient(server(), emr);
    const { patient, appointment } = newVisit();
    client.practice.patients.push(patient);
    client.practice.appointments.push(appointment);
    let reads = 0;
    client.practice.onRead = async () => {
      reads += 1;
      if (reads > 1) throw new EmrReadError('unavailable', 'Down.');
      succeed(await client.operator.call('POST', `${path}/${client.accountId}/relink`));
    };
    await syncNow(server(), client);
    expect(reads).toBe(2);
    const stored = await server().database.query('select 1 from emr_patient where account_id = $1', [
      client.accountId,
    ]);
    expect(stored).toEqual([]);
  });

  describe('while the EMR is asked with the former login', () => {
    /** What the EMR then says of the former login; from there on it takes the new one. */
    async function relinkThenRefuse(client: ClaimsClient): Promise<never> {
      client.practice.onRead = async () => undefined;
      server().clock.advance(1);
      succeed(await client.operator.call('POST', `${path}/${client.accountId}/relink`));
      throw new EmrReadError('login_required', 'The EMR no longer accepts the credentials.');
    }

    async function expectActive(client: ClaimsClient) {
      const { state } = succeed(await client.operator.call('GET', `${path}/${client.accountId}`));
      expect([state, (await eventTypes(client)).filter((type) => type.startsWith('access_token'))]).toEqual([
        'active',
        [],
      ]);
    }

    test('leaves the account active when a sync fails, and the next one begins at once', async () => {
      const client = await createClaimsClient(server(), emr);
      client.practice.onRead = () => relinkThenRefuse(client);
      await syncNow(server(), client);
      await expectActive(client);
      const { lastSyncedAt } = succeed(await client.operator.call('GET', `${path}/${client.accountId}`));
      expect(lastSyncedAt).toBe(server().clock.now().toISOString());
    });

    test('leaves the account active when a claim fails', async () => {
      const client = await createClaimsClient(server(), emr);
      await requestClaim(client, await client.newAppointment());
      client.practice.onCreate = async () => {
        await relinkThenRefuse(client).catch(() => undefined);
        return { kind: 'login_required', message: 'The EMR no longer accepts the credentials.' };
      };
      await workOff(server());
      await expectActive(client);
    });

    test('leaves the account active when a search for a claim fails', async () => {
      const client = await createClaimsClient(server(), emr);
      const { claim_id } = await requestClaim(client, await client.newAppointment());
      client.practice.onCreate = async () => ({ kind: 'unknown', reason: 'The connection broke.' });
      client.practice.onSearch = async () => {
        client.practice.onSearch = async (marker) => client.practice.find(marker);
        client.practice.makeClaim(claim_id);
        return relinkThenRefuse(client);
      };
      await workOff(server());
      await expectActive(client);
    });
  });

  test('may make a new token; the old one is dead within a second', async () => {
    const client = await createClaimsClient(server(), emr);
    const { accessToken } = succeed(
      await client.operator.call('POST', `${path}/${client.accountId}/relink`, { rotateToken: true }),
    );
    server().clock.advance(1_000);
    expectClaimsError(await client.call('GET', '/v1/claims'), 401, 'Invalid credentials.');
    const renewed = { access_token: accessToken };
    expect((await client.call('GET', '/v1/claims', undefined, renewed)).status).toBe(200);
  });

  test('is refused with settings the connector cannot use, and leaves the account as it was', async () => {
    const client = await expired();
    const answer = await client.operator.call('POST', `${path}/${client.accountId}/relink`, { settings: {} });
    expect(answer.body.issues).toMatchObject([{ field: 'settings.practice' }]);
    server().clock.advance(1_000);
    expect((await client.call('GET', '/v1/claims')).status).toBe(403);
  });

  test('has what waited for the account go on', async () => {
    const client = await createClaimsClient(server(), emr);
    const { claim_id } = await requestClaim(client, await client.newAppointment());
    client.practice.onCreate = async ({ marker }) => {
      client.practice.makeClaim(marker);
      return { kind: 'unknown', reason: 'The connection broke.' };
    };
    await server().database.execute(`update linked_account set state = 'login_required' where id = $1`, [
      client.accountId,
    ]);
    await server().database.execute(`update claim set intent_at = now(), create_calls = 1 where id = $1`, [
      claim_id,
    ]);
    client.practice.makeClaim(claim_id);
    await workOff(server());
    expect(client.practice.searches).toEqual([]);
    server().clock.advance(60_000);
    // The claim is due, and no sweeper finds it: relinking alone wakes it.
    succeed(await client.operator.call('POST', `${path}/${client.accountId}/relink`));
    server().clock.advance(1_000);
    const stateAfterWork = async () => {
      await server().app.jobs.drain();
      return (await readClaim(client, claim_id)).state;
    };
    await expect.poll(stateAfterWork).toBe('created');
  });
});

describe('unlinking', () => {
  test('kills the token, ends the reading, and keeps what was done', async () => {
    const client = await createClaimsClient(server(), emr);
    const { claim_id } = await requestClaim(client, await client.newAppointment());
    await workOff(server());
    const answer = await client.operator.call('DELETE', `${path}/${client.accountId}`);
    expect([answer.status, answer.body]).toEqual([204, undefined]);
    server().clock.advance(60_000);
    expectClaimsError(await client.call('GET', `/v1/claims/${claim_id}`), 401, 'Invalid credentials.');
    let reads = 0;
    client.practice.onRead = async () => {
      reads += 1;
    };
    await workOff(server());
    expect(reads).toBe(0);
    const stored = await server().database.query('select state from claim where id = $1', [claim_id]);
    expect(stored).toEqual([{ state: 'created' }]);
    for (const [method, suffix] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/relink'],
    ] as const) {
      const gone = await client.operator.call(method, `${path}/${client.accountId}${suffix}`);
      expect([gone.status, gone.body.code]).toEqual([404, 'linked_account_not_found']);
    }
  });
});
