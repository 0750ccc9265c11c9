import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { endServerProcesses, type ServerProcess } from '../../support/api/server-process.ts';
import { calm, requestClaims } from './claims-load.ts';
import { type ClaimsRig, startClaimsRig } from './claims-rig.ts';
import { expectSound, report } from './expect-sound.ts';
import { ResumptionWatch } from './watch-resumption.ts';

let rig: ClaimsRig | undefined;
afterEach(async () => {
  await rig?.stop();
  await endServerProcesses();
});

const perSecond = 20;
const seconds = 40;
const kills = 10;
const workersAtOnce = 2;

test('workers killed every few seconds under twenty claims a second lose and double none', async () => {
  // Every create lasts a second in the EMR, so that kills fall in the middle of them; and nothing there forbids a second
  // claim of a visit, or recognizes a marker it has had.
  const slow = { fault: 'slow', delayMs: 1_000, probability: 1 };
  rig = await startClaimsRig({
    accounts: Math.ceil((perSecond * seconds) / 48),
    emr: ['--conditional-create', 'off'],
    faults: [slow],
  });
  const { startWorker } = rig;
  const workers: ServerProcess[] = [];
  for (let count = 0; count < workersAtOnce; count += 1) workers.push(await startWorker());
  const watch = new ResumptionWatch(rig);
  const over = new AbortController();
  const watching = watch.run(over.signal);
  const requests = requestClaims(rig, { count: perSecond * seconds, perSecond });
  for (let kill = 0; kill < kills; kill += 1) {
    await delay((seconds * 1_000) / kills);
    workers.shift()?.signal('SIGKILL');
    await watch.killed();
    workers.push(await startWorker());
  }
  const client = await requests;
  const calmMs = await calm(rig, 90_000);
  over.abort();
  await watching;
  const ledgers = await expectSound(rig, client);
  report('worker kills', ledgers, {
    'longest orphan, s': watch.longestSeconds,
    'calm after, s': calmMs / 1_000,
  });
  expect(client.filter(({ status }) => status === 202)).toHaveLength(perSecond * seconds);
  expect(watch.longestSeconds).toBeLessThanOrEqual(20);
});
