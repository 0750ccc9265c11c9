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

/** A tenth of the creates each; three tenths go well. */
const lies = [
  { fault: 'commit_then_drop' },
  { fault: 'commit_then_error' },
  { fault: 'hang', delayMs: 60_000 },
  { fault: 'slow', delayMs: 10_000 },
  { fault: 'answer_twice' },
  { fault: 'garbage' },
  { fault: 'throttle', retryAfterSeconds: 1 },
].map((rule) => ({ ...rule, probability: 0.1 }));

test('an EMR that lies in seven of ten answers makes every claim once, where it can be searched', async () => {
  const count = 500;
  rig = await startClaimsRig({
    accounts: Math.ceil(count / 48),
    emr: ['--conditional-create', 'off'],
    faults: lies,
  });
  await rig.startWorker();
  await rig.startWorker();
  const client = await requestClaims(rig, { count, perSecond: 25 });
  await calm(rig, 240_000);
  const ledgers = await expectSound(rig, client);
  report('EMR lies', ledgers);
  expect(ledgers.claims.filter(({ state }) => state === 'created')).toHaveLength(count);
});

test('an EMR that lies and cannot be searched makes no claim twice, and what is unclear is said to be', async () => {
  const count = 96;
  rig = await startClaimsRig({
    accounts: Math.ceil(count / 48),
    emr: ['--conditional-create', 'off', '--claim-search', 'off'],
    faults: lies,
  });
  await rig.startWorker();
  const client = await requestClaims(rig, { count, perSecond: 25 });
  await calm(rig, 240_000);
  const ledgers = await expectSound(rig, client, { maySettleUnknown: true });
  report('EMR lies, no search', ledgers);
  expect(ledgers.claims.filter(({ state }) => state === 'outcome_unknown').length).toBeGreaterThan(0);
});
