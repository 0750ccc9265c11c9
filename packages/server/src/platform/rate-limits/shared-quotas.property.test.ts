import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quotaPolicy } from './leased-quota.ts';
import { createMemoryQuotaStore } from './memory-quota-store.ts';
import { type Draw, drawFrom, type QuotaStore, windowMs } from './quota-window.ts';
import { type QuotaUse, SharedQuotas } from './shared-quotas.ts';

function createProcesses(count: number, store: QuotaStore = createMemoryQuotaStore()) {
  let now = 1_000_000;
  const clock = { now: () => new Date(now) };
  return {
    processes: Array.from({ length: count }, () => new SharedQuotas(store, clock)),
    advance: (milliseconds: number) => {
      now += milliseconds;
    },
    now: () => now,
  };
}

/** A store that answers when it is told to. */
function createSlowStore() {
  const inner = createMemoryQuotaStore();
  const draws: (readonly Draw[])[] = [];
  const waiting: (() => void)[] = [];
  const store: QuotaStore = {
    async draw(asked, now) {
      draws.push(asked);
      await new Promise<void>((resolve) => waiting.push(resolve));
      return inner.draw(asked, now);
    },
  };
  const answerAll = async () => {
    while (waiting.length > 0) {
      for (const answer of waiting.splice(0)) answer();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { store, draws, answerAll };
}

const request = fc.record({
  process: fc.nat({ max: 2 }),
  units: fc.integer({ min: 1, max: 10 }),
  afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 20_000 })),
});

describe('several processes on one store', () => {
  test('never give more than the quota in a window, and refuse only when little more than their leases is left', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 20, max: 2_000 }),
        fc.array(request, { minLength: 1, maxLength: 300 }),
        async (quota, requests) => {
          const policy = quotaPolicy('test', quota);
          const uses: readonly QuotaUse[] = [{ subject: 's', policy }];
          const { processes, advance, now } = createProcesses(3);
          let startedAt = Number.NEGATIVE_INFINITY;
          let given = 0;
          for (const { process, units, afterMs } of requests) {
            advance(afterMs);
            if (now() - startedAt >= windowMs) [startedAt, given] = [now(), 0];
            const verdict = await processes[process]?.take(uses, units);
            const isGiven = verdict?.refusedBy === undefined;
            if (isGiven) given += units;
            expect(given).toBeLessThanOrEqual(quota);
            // What the two others hold: a lease each, or what was left over of a draw for a dearer request.
            const lying = 2 * Math.max(policy.leaseUnits, 10) + 10;
            if (!isGiven) expect(given + units + lying).toBeGreaterThan(quota);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('tell how much is left and when it is whole again', async () => {
    const { processes, advance } = createProcesses(1);
    const [one] = processes;
    const use = { subject: 's', policy: quotaPolicy('test', 1_000) };
    expect((await one?.take([use], 30))?.states).toEqual([
      { policy: use.policy, remaining: 970, resetMs: windowMs },
    ]);
    advance(10_000);
    expect((await one?.take([use], 1))?.states).toEqual([
      { policy: use.policy, remaining: 969, resetMs: 50_000 },
    ]);
    advance(50_000);
    expect((await one?.take([use], 1))?.states).toEqual([
      { policy: use.policy, remaining: 999, resetMs: windowMs },
    ]);
  });

  test('charge none of several quotas when one has too little left', async () => {
    const { processes } = createProcesses(1);
    const [one] = processes;
    const own = { subject: 'own', policy: quotaPolicy('own', 100) };
    const shared = { subject: 'shared', policy: quotaPolicy('shared', 50) };
    await one?.take([own, shared], 50);
    const refused = await one?.take([own, shared], 10);
    expect(refused?.refusedBy?.policy.name).toBe('shared');
    expect(refused?.states.map(({ remaining }) => remaining)).toEqual([50, 0]);
    expect((await one?.take([own], 50))?.refusedBy).toBeUndefined();
  });

  test('know what is used up without asking, once they have asked', async () => {
    const { processes, advance } = createProcesses(2);
    const [one, other] = processes;
    const use = { subject: 's', policy: quotaPolicy('test', 10) };
    await one?.take([use], 10);
    expect(one?.findSpent([use])?.resetMs).toBe(windowMs);
    expect(other?.findSpent([use])).toBeUndefined();
    await other?.take([use], 1);
    expect(other?.findSpent([use])).toBeDefined();
    advance(windowMs);
    expect([one?.findSpent([use]), other?.findSpent([use])]).toEqual([undefined, undefined]);
  });
});

describe('draws', () => {
  test('are few however many requests there are', async () => {
    const draws: number[] = [];
    const inner = createMemoryQuotaStore();
    const store: QuotaStore = {
      draw: (asked, now) => {
        draws.push(asked.length);
        return inner.draw(asked, now);
      },
    };
    const { processes, advance } = createProcesses(2, store);
    const uses = ['a', 'b'].map((subject) => ({ subject, policy: quotaPolicy('test', 6_000) }));
    for (let index = 0; index < 12_000; index += 1) {
      await processes[index % 2]?.take(uses, 1);
      advance(5);
    }
    expect(draws.length).toBeLessThan(110);
  });

  test('are one at a time for a subject, and the second serves all that wait', async () => {
    const { store, draws, answerAll } = createSlowStore();
    const { processes } = createProcesses(1, store);
    const use = { subject: 's', policy: quotaPolicy('test', 1_000) };
    const requests = Array.from({ length: 100 }, () => processes[0]?.take([use], 2));
    await answerAll();
    const verdicts = await Promise.all(requests);
    expect(verdicts.filter((verdict) => verdict?.refusedBy !== undefined)).toEqual([]);
    expect(draws.length).toBeLessThanOrEqual(3);
    expect(draws.flat().reduce((sum, { units }) => sum + units, 0)).toBeLessThanOrEqual(220);
  });

  test('of several subjects travel together', async () => {
    const { store, draws, answerAll } = createSlowStore();
    const { processes } = createProcesses(1, store);
    const policy = quotaPolicy('test', 1_000);
    const taking = processes[0]?.take(
      ['a', 'b'].map((subject) => ({ subject, policy })),
      1,
    );
    await answerAll();
    await taking;
    expect(draws.map((asked) => asked.map(({ subject }) => subject))).toEqual([['a', 'b']]);
  });
});

test('a window that begins far in the future is none', () => {
  const now = 1_000_000;
  expect(drawFrom({ startedAt: now + 30_000, taken: 5 }, 1, now)).toEqual({
    startedAt: now + 30_000,
    taken: 6,
  });
  expect(drawFrom({ startedAt: now + windowMs, taken: 5 }, 1, now)).toEqual({ startedAt: now, taken: 1 });
});
