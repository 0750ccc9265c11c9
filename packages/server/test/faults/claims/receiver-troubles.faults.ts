import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { endServerProcesses } from '../../support/api/server-process.ts';
import { calm, requestClaims } from './claims-load.ts';
import { type ClaimsRig, startClaimsRig } from './claims-rig.ts';
import { expectSound, report } from './expect-sound.ts';
import type { Mood } from './receiver-process.ts';

let rig: ClaimsRig | undefined;
afterEach(async () => {
  await rig?.stop();
  await endServerProcesses();
});

/** Bad spells shorter than the wait for the second attempt (5 s), with good ones between, so that no event needs a third. */
const spells: readonly (readonly [mood: Mood, ms: number])[] = [
  ['refusing', 3_000],
  ['well', 8_000],
  ['resetting', 3_000],
  ['well', 8_000],
  ['slow', 6_000],
  ['well', 1_000],
];

test('a receiver that refuses, resets and dawdles is told of every claim in the end', async () => {
  const perSecond = 10;
  const seconds = 29;
  rig = await startClaimsRig({ accounts: Math.ceil((perSecond * seconds) / 48) });
  const worker = await rig.startWorker();
  const requests = requestClaims(rig, { count: perSecond * seconds, perSecond });
  for (const [mood, ms] of spells) {
    await rig.setMood(mood);
    await delay(ms);
  }
  const client = await requests;
  // A worker dies while deliveries are under way.
  worker.signal('SIGKILL');
  await rig.startWorker();
  await calm(rig, 120_000);
  const ledgers = await expectSound(rig, client);
  report('receiver troubles', ledgers);
  expect(ledgers.receiver.some(({ isTaken }) => !isTaken)).toBe(true);
});
