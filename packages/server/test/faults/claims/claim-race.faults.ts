import { afterEach, expect, test } from 'vitest';
import { endServerProcesses, startServerProcess } from '../../support/api/server-process.ts';
import { sendWith } from '../../support/claims/claims-client.ts';
import { calm } from './claims-load.ts';
import { type ClaimsRig, startClaimsRig } from './claims-rig.ts';
import { expectSound, report } from './expect-sound.ts';
import type { ClientEntry } from './ledgers.ts';

let rig: ClaimsRig | undefined;
afterEach(async () => {
  await rig?.stop();
  await endServerProcesses();
});

const rounds = 50;
const requests = 100;

test('of a hundred requests at once, to two servers, exactly one is taken, fifty times over', async () => {
  rig = await startClaimsRig({ accounts: 2 });
  const second = await startServerProcess({
    ...rig.site,
    port: rig.site.port + 1,
    settings: { ...rig.site.settings, PORT: String(rig.site.port + 1) },
  });
  await rig.startWorker();
  const client: ClientEntry[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const { headers, appointments } = rig.accounts[round % 2] ?? { headers: {}, appointments: [] };
    const appointmentId = appointments[Math.floor(round / 2)] ?? '';
    const entries = await Promise.all(
      Array.from({ length: requests }, async (_, index): Promise<ClientEntry> => {
        const baseUrl = index % 2 === 0 ? rig?.server.baseUrl : second.baseUrl;
        const { status, body } = await sendWith(
          { ...headers, 'content-type': 'application/json' },
          `${baseUrl}/v1/claims`,
          { method: 'POST', body: JSON.stringify({ appointment_id: appointmentId }) },
        );
        return status === 202
          ? { appointmentId, status, claimId: body.claim_id, jobId: body.job_id }
          : { appointmentId, status };
      }),
    );
    expect(entries.map(({ status }) => status).toSorted()).toEqual([202, ...Array(requests - 1).fill(409)]);
    client.push(...entries);
  }
  await calm(rig, 60_000);
  report('claim race', await expectSound(rig, client));
});
