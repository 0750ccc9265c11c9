import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { endServerProcesses } from '../../support/api/server-process.ts';
import { calm, requestClaims } from './claims-load.ts';
import { type ClaimsRig, startClaimsRig } from './claims-rig.ts';
import { expectSound, report } from './expect-sound.ts';

let rig: ClaimsRig | undefined;
afterEach(async () => {
  await rig?.stop();
  await endServerProcesses();
});

const pauseMs = 20_000;
const pauses = 2;
const perSecond = 5;
const seconds = 45;

test('a worker that is paused longer than its lease lasts writes nothing late', async () => {
  const slow = { fault: 'slow', delayMs: 1_500, probability: 1 };
  rig = await startClaimsRig({
    accounts: Math.ceil((perSecond * seconds) / 48),
    emr: ['--conditional-create', 'off'],
    faults: [slow],
  });
  const paused = await rig.startWorker();
  await rig.startWorker();
  const requests = requestClaims(rig, { count: perSecond * seconds, perSecond });
  let overtaken = 0;
  for (let pause = 0; pause < pauses; pause += 1) {
    await delay(2_000);
    paused.signal('SIGSTOP');
    await delay(pauseMs);
    overtaken += await countExpired(rig);
    paused.signal('SIGCONT');
  }
  const client = await requests;
  await calm(rig, 90_000);
  const ledgers = await expectSound(rig, client);
  report('paused worker', ledgers, { 'claims overtaken': overtaken });
  expect(overtaken).toBeGreaterThan(0);
});

/** Claims that somebody took over from somebody else. */
async function countExpired({ database }: ClaimsRig): Promise<number> {
  const { rows } = await database.query(
    'select count(*)::integer as count from claim where lease_number > 1',
  );
  return rows[0].count;
}
