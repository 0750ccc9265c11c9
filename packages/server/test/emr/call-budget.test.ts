import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { createCallBudget, nearMs } from '../../src/emr/call-budget.ts';
import type { CallBudget } from '../../src/emr/connector.ts';
import { openPostgresDatabase } from '../../src/platform/database/postgres-database.ts';
import { testDatabaseEngine, testPostgresUrl } from '../support/databases/test-database.ts';
import { useTestDatabase } from '../support/databases/use-test-database.ts';
import { insertTestAccount, type TestAccount } from '../support/emr/test-account.ts';

const database = useTestDatabase();
const organizationId = 'org_1';
const never = () => new AbortController().signal;
let accounts = 0;
let account: TestAccount = { organizationId, accountId: '' };

beforeEach(async () => {
  account = await insertTestAccount(database(), `acc_${++accounts}`, organizationId);
});

/** Time passes for the account: its window and its pause lie that much further back. */
async function pass(milliseconds: number): Promise<void> {
  await database().execute(
    `update emr_call_window
        set started_at = started_at - $3 * interval '1 millisecond',
            paused_until = paused_until - $3 * interval '1 millisecond'
      where organization_id = $1 and account_id = $2`,
    [account.organizationId, account.accountId, milliseconds],
  );
}

/** Waits by letting time pass. */
function budgetOf(callsPerMinute: number | undefined, waits: number[] = []): CallBudget {
  const wait = async (milliseconds: number) => {
    waits.push(milliseconds);
    await pass(milliseconds);
  };
  return createCallBudget({ database: database(), wait }, account, callsPerMinute);
}

const isTaken = (budget: CallBudget) =>
  budget.take(never()).then(
    () => true,
    () => false,
  );

test('a minute has as many calls as it has, then says how long to wait', async () => {
  const budget = budgetOf(3);
  for (let call = 0; call < 3; call += 1) await budget.take(never());
  const refused = await budget.take(never()).catch((error: unknown) => error);
  expect(refused).toMatchObject({ name: 'EmrReadError', kind: 'unavailable' });
  const { retryAfterMs } = refused as { retryAfterMs: number };
  expect(retryAfterMs).toBeGreaterThan(nearMs);
  expect(retryAfterMs).toBeLessThanOrEqual(60_000);
  await pass(60_000);
  expect(await isTaken(budget)).toBe(true);
});

test('a window that is nearly over is waited for', async () => {
  const waits: number[] = [];
  const budget = budgetOf(1, waits);
  await budget.take(never());
  await pass(59_000);
  await budget.take(never());
  expect(waits).toHaveLength(1);
  expect(waits[0]).toBeLessThanOrEqual(1_000);
});

test('a waiter whom others forestall each time gives up in the end', async () => {
  const rivals = budgetOf(1);
  const waits: number[] = [];
  const wait = async (milliseconds: number) => {
    waits.push(milliseconds);
    await pass(60_000);
    await rivals.take(never());
    await pass(59_000);
  };
  await rivals.take(never());
  await pass(59_000);
  const budget = createCallBudget({ database: database(), wait }, account, 1);
  await expect(budget.take(never())).rejects.toMatchObject({ kind: 'unavailable' });
  expect(waits).toHaveLength(3);
});

test('nobody calls while the EMR wants to be left alone, whatever the budget has', async () => {
  for (const callsPerMinute of [100, undefined]) {
    const budget = budgetOf(callsPerMinute);
    await budget.pause(30_000);
    await budget.pause(10_000);
    await expect(budget.take(never())).rejects.toMatchObject({
      kind: 'unavailable',
      retryAfterMs: expect.any(Number),
    });
    await pass(20_000);
    expect(await isTaken(budget)).toBe(false);
    await pass(10_000);
    expect(await isTaken(budget)).toBe(true);
  }
});

test('an account without a limit calls as it likes', async () => {
  const budget = budgetOf(undefined);
  for (let call = 0; call < 50; call += 1) await budget.take(never());
  expect(
    await database().query('select 1 from emr_call_window where account_id = $1', [account.accountId]),
  ).toEqual([]);
});

test('an aborted signal takes no call and ends a wait', async () => {
  const budget = budgetOf(1);
  await expect(budget.take(AbortSignal.abort())).rejects.toMatchObject({ kind: 'unavailable' });
  await budget.take(never());
  await pass(59_000);
  const abort = new AbortController();
  const waiting = createCallBudget({ database: database() }, account, 1).take(abort.signal);
  abort.abort();
  await expect(waiting).rejects.toMatchObject({ kind: 'unavailable' });
});

test('accounts of one name in different organizations do not share a budget', async () => {
  const stranger = await insertTestAccount(database(), account.accountId, 'org_2');
  const other = createCallBudget({ database: database() }, stranger, 1);
  const mine = budgetOf(1);
  await mine.pause(60_000);
  expect([await isTaken(other), await isTaken(mine)]).toEqual([true, false]);
});

test('no window ever has more calls than allowed, and none is refused that had room', async () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.constant({ kind: 'take' as const }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('pass' as const),
        ms: fc.constantFrom(20_000, 60_000),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('pause' as const), ms: fc.constantFrom(50_000, 70_000) }),
    },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(step, { maxLength: 30 }),
      async (limit, steps) => {
        await database().execute('delete from emr_call_window where account_id = $1', [account.accountId]);
        const budget = createCallBudget(
          { database: database(), wait: async () => undefined },
          account,
          limit,
        );
        const model = { now: 0, startedAt: Number.NEGATIVE_INFINITY, calls: 0, pausedUntil: 0 };
        for (const one of steps) {
          if (one.kind === 'pass') {
            model.now += one.ms;
            await pass(one.ms);
          } else if (one.kind === 'pause') {
            model.pausedUntil = Math.max(model.pausedUntil, model.now + one.ms);
            await budget.pause(one.ms);
          } else expect(await isTaken(budget)).toBe(takeFromModel(model, limit));
        }
      },
    ),
    { numRuns: 60 },
  );
}, 120_000);

interface Model {
  readonly now: number;
  startedAt: number;
  calls: number;
  readonly pausedUntil: number;
}

/** Real time passes too, but far less than the steps do. */
function takeFromModel(model: Model, limit: number): boolean {
  if (model.now < model.pausedUntil) return false;
  if (model.now - model.startedAt >= 60_000) Object.assign(model, { startedAt: model.now, calls: 0 });
  if (model.calls >= limit) return false;
  model.calls += 1;
  return true;
}

describe.runIf(testDatabaseEngine() === 'postgres')('on PostgreSQL', () => {
  test('two processes never take more calls together than one may', async () => {
    const open = () =>
      openPostgresDatabase({ url: testPostgresUrl(), schema: database().schema, poolSize: 8 });
    const pools = await Promise.all([open(), open()]);
    try {
      for (let round = 0; round < 5; round += 1) {
        const takes = Array.from({ length: 120 }, (_, index) =>
          isTaken(createCallBudget({ database: pools[index % 2] ?? database() }, account, 50)),
        );
        const taken = (await Promise.all(takes)).filter(Boolean);
        expect(taken).toHaveLength(50);
        await pass(60_000);
      }
    } finally {
      await Promise.all(pools.map((pool) => pool.close()));
    }
  });
});
