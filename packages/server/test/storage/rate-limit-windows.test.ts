import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createKeyedHash } from '../../src/platform/crypto/keyed-hash.ts';
import type { Database } from '../../src/platform/database/database.ts';
import { asSystem } from '../../src/platform/database/database-scope.ts';
import { createLogger } from '../../src/platform/observability/logger.ts';
import { createDatabaseQuotaStore } from '../../src/platform/rate-limits/database-quota-store.ts';
import { quotaPolicy } from '../../src/platform/rate-limits/leased-quota.ts';
import { drawFrom, type QuotaWindow, windowMs } from '../../src/platform/rate-limits/quota-window.ts';
import { deleteWindowsBefore, drawQuotas } from '../../src/platform/rate-limits/quota-window-queries.ts';
import { SharedQuotas } from '../../src/platform/rate-limits/shared-quotas.ts';
import { createTestClock } from '../support/api/test-clock.ts';
import { useServerDatabase } from '../support/databases/use-test-database.ts';

const database = useServerDatabase();
const hash = createKeyedHash(Buffer.alloc(32, 1), 'rate_limit');
const start = Date.UTC(2026, 2, 13);

function createStore(handle: Database = database(), timeoutMs?: number) {
  const lines: string[] = [];
  const logger = createLogger({ level: 'debug', destination: { write: (line) => lines.push(line) } });
  return {
    store: createDatabaseQuotaStore({
      database: handle,
      hash,
      logger,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    }),
    lines,
  };
}

async function storedSubjects(): Promise<readonly string[]> {
  const rows = await asSystem(() =>
    database().query<{ subject: string }>('select subject from rate_limit_window'),
  );
  return rows.map(({ subject }) => subject);
}

describe('a window in the database', () => {
  test('is drawn from exactly as in memory', async () => {
    const draw = fc.record({
      subject: fc.constantFrom('a', 'b', 'c'),
      units: fc.integer({ min: 1, max: 1_000 }),
      afterMs: fc.integer({ min: -70_000, max: 70_000 }),
    });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(draw, { minLength: 1, maxLength: 12 }), async (draws) => {
        run += 1;
        const known = new Map<string, QuotaWindow>();
        let now = start;
        for (const { subject, units, afterMs } of draws) {
          now += afterMs;
          const expected = drawFrom(known.get(subject), units, now);
          known.set(subject, expected);
          const rows = await asSystem(() =>
            drawQuotas(database(), [{ subject: `${run}${subject}`, units }], now),
          );
          expect(rows).toEqual([{ subject: `${run}${subject}`, ...expected }]);
        }
      }),
      { numRuns: 20 },
    );
  });

  test('of many processes at once loses no draw', async () => {
    const draws = Array.from({ length: 60 }, (_, index) => [
      { subject: index % 2 === 0 ? 'x' : 'y', units: 3 },
      { subject: index % 2 === 0 ? 'y' : 'x', units: 5 },
    ]);
    await Promise.all(draws.map((asked) => asSystem(() => drawQuotas(database(), asked, start))));
    const after = await asSystem(() =>
      drawQuotas(
        database(),
        [
          { subject: 'x', units: 0 },
          { subject: 'y', units: 0 },
        ],
        start,
      ),
    );
    expect(after.map(({ taken }) => taken)).toEqual([240, 240]);
  });

  test('names its subject to nobody', async () => {
    await createStore().store.draw([{ subject: 'address:192.0.2.7', units: 1 }], start);
    const subjects = await storedSubjects();
    expect(subjects).toContain(hash.base64url('address:192.0.2.7'));
    expect(subjects.join()).not.toContain('192.0.2.7');
  });

  test('goes once it is over', async () => {
    await asSystem(() => drawQuotas(database(), [{ subject: 'old', units: 1 }], start));
    await asSystem(() => drawQuotas(database(), [{ subject: 'new', units: 1 }], start + windowMs));
    await asSystem(() => deleteWindowsBefore(database(), new Date(start + windowMs + 1)));
    const subjects = await storedSubjects();
    expect([subjects.includes('old'), subjects.includes('new')]).toEqual([false, true]);
  });
});

describe('two processes that share a database', () => {
  test.each([
    ['both get the same', 2],
    ['one gets nearly all', 50],
    ['one gets all', Number.POSITIVE_INFINITY],
  ])('take the quota within 2 percent at twice the limit for a minute, when %s', async (_name, everyNth) => {
    const clock = createTestClock();
    const { store } = createStore();
    const processes = [new SharedQuotas(store, clock), new SharedQuotas(createStore().store, clock)];
    const quota = 1_000;
    const use = { subject: `minute-${everyNth}`, policy: quotaPolicy('test', quota) };
    let accepted = 0;
    // Both know the subject before it begins, so that each has a lease lying.
    for (const process of processes)
      if ((await process.take([use], 1)).refusedBy === undefined) accepted += 1;
    for (let index = 0; index < 2 * quota; index += 1) {
      const process = processes[index % everyNth === 0 ? 0 : 1];
      if ((await process?.take([use], 1))?.refusedBy === undefined) accepted += 1;
      clock.advance(windowMs / (2 * quota) - 0.001);
    }
    expect(accepted).toBeGreaterThanOrEqual(quota * 0.98);
    expect(accepted).toBeLessThanOrEqual(quota);
  });
});

describe('a database that does not answer', () => {
  const use = { subject: 'lonely', policy: quotaPolicy('test', 100) };

  test.each([
    ['refuses', { query: () => Promise.reject(new Error('connection lost')) }],
    ['stays silent', { query: () => new Promise<never>(() => undefined) }],
  ])('and %s leaves each process to count by itself, and is asked again later', async (_name, broken) => {
    const clock = createTestClock();
    let isBroken = true;
    let asked = 0;
    const handle: Database = {
      ...database(),
      query: (statement, values) => {
        asked += 1;
        return isBroken ? broken.query() : database().query(statement, values);
      },
    };
    const { store, lines } = createStore(handle, 20);
    const quotas = new SharedQuotas(store, clock);
    const verdicts: boolean[] = [];
    for (let index = 0; index < 120; index += 1)
      verdicts.push((await quotas.take([use], 1)).refusedBy === undefined);
    expect(verdicts.filter(Boolean)).toHaveLength(100);
    expect([asked, lines.length]).toEqual([1, 1]);
    isBroken = false;
    clock.advance(windowMs);
    expect((await quotas.take([use], 1)).refusedBy).toBeUndefined();
    expect(asked).toBe(2);
    expect(await storedSubjects()).toContain(hash.base64url('lonely'));
  });
});
