import { beforeAll, describe, expect, test } from 'vitest';
import { auditRows, rowsOfAnswer } from '../../support/api/audit-rows.ts';
import { operationsOf, pathOf, readOpenApi } from '../../support/api/documented-operations.ts';
import { useTestServer } from '../../support/api/test-server.ts';
import { type ClaimsClient, createClaimsClient, workOff } from '../../support/claims/claims-client.ts';
import { requestClaim } from '../../support/claims/claims-expectations.ts';
import { createScriptedEmr } from '../../support/claims/scripted-emr.ts';

const emr = createScriptedEmr();
const server = useTestServer({
  overrides: { emrConnectors: () => [emr.factory], random: () => 0.5 },
  workers: false,
});

let client: ClaimsClient;
beforeAll(async () => {
  client = await createClaimsClient(server(), emr);
});

const ofJob = (operation: string) =>
  auditRows(server(), `organization_id = $1 and operation = $2 and actor_kind = 'system'`, [
    client.organizationId,
    operation,
  ]);

describe('a call of the claims API', () => {
  test('leaves one entry, whichever it is', async () => {
    const operations = operationsOf(await readOpenApi(client.operator)).filter(({ credentials }) =>
      ['client', 'account'].includes(credentials),
    );
    expect(operations.length).toBeGreaterThan(10);
    for (const operation of operations) {
      const body = operation.method === 'POST' ? {} : undefined;
      const answer = await client.call(operation.method, pathOf(operation), body);
      const rows = await rowsOfAnswer(server(), answer);
      expect(rows, operation.operationId).toEqual([
        expect.objectContaining({
          organization: client.organizationId,
          actorKind: 'claims_client',
          actorId: client.headers.client_id,
          operation: operation.operationId,
          status: answer.status,
        }),
      ]);
    }
  });

  test('names the claim, the appointment and the account', async () => {
    const appointmentId = await client.newAppointment();
    const answer = await client.call('POST', '/v1/claims', { appointment_id: appointmentId });
    expect(await rowsOfAnswer(server(), answer)).toMatchObject([
      { outcome: 'allowed', resourceType: 'claim', resourceIds: [appointmentId, answer.body.claim_id] },
    ]);
    const [row] = await server().database.query<{ subject: string }>(
      'select actor_subject as subject from audit_entry where request_id = $1',
      [answer.headers.get('x-request-id')],
    );
    expect(row?.subject).toBe(client.accountId);
    const list = await client.call('GET', '/v1/claims');
    expect((await rowsOfAnswer(server(), list))[0]?.resourceIds).toContain(answer.body.claim_id);
    const read = await client.call('GET', `/v1/appointment/${appointmentId}`);
    expect((await rowsOfAnswer(server(), read))[0]?.resourceIds).toEqual([appointmentId]);
  });

  test('with a wrong secret is of a caller nobody knows, with a wrong token of a known client', async () => {
    const wrongSecret = await client.call('GET', '/v1/claims', undefined, { client_secret: 'wrong' });
    expect(await rowsOfAnswer(server(), wrongSecret)).toMatchObject([
      { organization: 'unknown', actorKind: 'unknown', outcome: 'refused', status: 401 },
    ]);
    const wrongToken = await client.call('GET', '/v1/claims', undefined, { access_token: 'wrong' });
    expect(await rowsOfAnswer(server(), wrongToken)).toMatchObject([
      {
        organization: client.organizationId,
        actorKind: 'claims_client',
        outcome: 'refused',
        status: 401,
        errorCode: 'unauthorized',
      },
    ]);
  });

  test('for a stranger’s claim is in the stranger’s chain', async () => {
    const { claim_id } = await requestClaim(client, await client.newAppointment());
    const stranger = await createClaimsClient(server(), emr);
    const answer = await stranger.call('GET', `/v1/claims/${claim_id}`);
    expect(await rowsOfAnswer(server(), answer)).toMatchObject([
      { organization: stranger.organizationId, outcome: 'refused', status: 404, resourceIds: [claim_id] },
    ]);
  });
});

describe('a job', () => {
  test('that has an EMR make a claim is noted', async () => {
    const { claim_id, appointment_id } = await requestClaim(client, await client.newAppointment());
    await workOff(server());
    expect(
      (await ofJob('post-claims')).filter(({ resourceIds }) => resourceIds.includes(claim_id)),
    ).toMatchObject([
      {
        outcome: 'allowed',
        resourceType: 'claim',
        resourceIds: [claim_id, appointment_id, client.accountId],
      },
    ]);
  });

  test('that reads an EMR is noted when it was told something, with the appointments', async () => {
    const before = await ofJob('sync-account');
    const appointmentId = await client.newAppointment();
    const [patients, appointments, ...others] = (await ofJob('sync-account')).slice(before.length);
    expect(others).toEqual([]);
    expect(patients).toMatchObject({
      resourceType: 'patient',
      outcome: 'allowed',
      resourceIds: [client.accountId],
    });
    expect(appointments).toMatchObject({ resourceType: 'appointment', outcome: 'allowed' });
    expect(appointments?.resourceIds).toEqual([client.accountId, appointmentId]);

    // What it is told again is nothing new.
    const noted = await ofJob('sync-account');
    server().clock.advance(60_000);
    await workOff(server());
    expect(await ofJob('sync-account')).toEqual(noted);
  });
});
