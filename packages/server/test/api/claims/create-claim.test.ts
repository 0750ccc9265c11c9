import { describe, expect, test } from 'vitest';
import { useTestServer } from '../../support/api/test-server.ts';
import { createClaimsClient, workOff } from '../../support/claims/claims-client.ts';
import { createScriptedEmr } from '../../support/claims/scripted-emr.ts';

const emr = createScriptedEmr();
const server = useTestServer({ overrides: { emr: [emr.factory] }, workers: false });

describe('POST /v1/claims', () => {
  test('queues a claim and answers as the contract shows it', async () => {
    const client = await createClaimsClient(server(), emr);
    const appointmentId = await client.newAppointment();
    const answer = await client.call('POST', '/v1/claims', { appointment_id: appointmentId });
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual({
      success: true,
      message: 'Claim creation queued. A webhook event will be sent upon completion.',
      claim_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      appointment_id: appointmentId,
      job_id: expect.any(Number),
    });
    await workOff(server());
    const events = await client.call('GET', `/v1/webhook-events?job_id=${answer.body.job_id}`);
    console.log(JSON.stringify(events.body, null, 1));
    console.log(JSON.stringify((await client.call('GET', `/v1/claims`)).body, null, 1));
    console.log(JSON.stringify((await client.call('GET', `/v1/appointment/${appointmentId}`)).body, null, 1));
  });
});
