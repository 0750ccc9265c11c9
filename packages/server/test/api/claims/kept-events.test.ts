import { expect, test } from 'vitest';
import { useTestServer } from '../../support/api/test-server.ts';
import { createClaimsClient, workOff } from '../../support/claims/claims-client.ts';
import { requestClaim, taken } from '../../support/claims/claims-expectations.ts';
import { createScriptedEmr } from '../../support/claims/scripted-emr.ts';

const emr = createScriptedEmr();
const server = useTestServer({ overrides: { emrConnectors: () => [emr.factory] }, workers: false });

test('what became of a job may be looked up however much later, while other events go', async () => {
  const client = await createClaimsClient(server(), emr);
  const { job_id: jobId } = await requestClaim(client, await client.newAppointment());
  await workOff(server());
  const types = async (query: string) => {
    const { webhook_events: events } = taken(await client.call('GET', `/v1/webhook-events${query}`));
    return events.map(({ type }: { type: string }) => type);
  };
  expect(await types('')).toContain('appointment.created');
  server().clock.advance(400 * 24 * 3_600_000);
  await server().app.jobs.sweep();
  expect(await types(`?job_id=${jobId}`)).toEqual(['claim.created']);
  expect(await types('')).toEqual(['claim.created']);
});
