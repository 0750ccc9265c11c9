import { setTimeout as delay } from 'node:timers/promises';
import { type ClaimsWorld, startClaimsWorld } from '../claims/claims-world.ts';
import { measureEmrMs } from '../claims/emr-time.ts';
import { type Figure, row } from '../figure.ts';
import { median, percentile } from '../statistics.ts';

const idleClaims = 40;
const perSecond = 50;
const seconds = 18;
/** Visits of an account that are ready. */
const visitsPerAccount = 48;

/** From the answer that takes a claim to the first attempt to tell that the EMR has it. */
export const claimLatencyFigure: Figure = {
  name: 'claim-latency',
  async measure() {
    const accounts = Math.ceil((idleClaims + perSecond * seconds) / visitsPerAccount);
    const world = await startClaimsWorld(accounts);
    try {
      const emrMs = await measureEmrMs(world.emrUrl, 20);
      const idle = await measureIdle(world);
      const busy = await measureBusy(world);
      const idleMs = median(idle) - emrMs;
      const p99 = percentile(busy, 0.99);
      return [
        row('claim taken to first webhook attempt, idle', `p50 ${idleMs.toFixed(0)} ms`, {
          value: idleMs,
          aim: { atMost: 100 },
          aimText: '<= 100 ms without the EMR’s time',
          ratio: `EMR ${emrMs.toFixed(0)} ms beside it`,
        }),
        row(`the same at ${perSecond} claims/s`, `p99 ${p99.toFixed(0)} ms`, {
          value: p99,
          aim: { atMost: 1_000 },
          aimText: '<= 1,000 ms, the EMR’s time included',
          ratio: `p50 ${median(busy).toFixed(0)} ms`,
        }),
      ];
    } finally {
      await world.stop();
    }
  },
};

async function measureIdle(world: ClaimsWorld): Promise<readonly number[]> {
  const taken: number[] = [];
  for (const visit of world.visits.slice(0, idleClaims)) {
    taken.push(await claimToEvent(world, visit));
    await delay(100);
  }
  // The first ones are for the compiler of JavaScript.
  return taken.slice(10);
}

/** At a steady rate, whether or not the ones before are done. */
async function measureBusy(world: ClaimsWorld): Promise<readonly number[]> {
  const startedAt = performance.now();
  const under: Promise<number>[] = [];
  for (const [index, visit] of world.visits.slice(idleClaims, idleClaims + perSecond * seconds).entries()) {
    const dueIn = startedAt + (index * 1_000) / perSecond - performance.now();
    if (dueIn > 0) await delay(dueIn);
    under.push(claimToEvent(world, visit));
  }
  return Promise.all(under);
}

async function claimToEvent(world: ClaimsWorld, visit: ClaimsWorld['visits'][number]): Promise<number> {
  const { status, jobId, at } = await world.post(visit);
  if (status !== 202) throw new Error(`A claim was answered ${status}.`);
  return (await world.toldAt(jobId)) - at;
}
