import { describe, expect, it } from 'vitest';
import type { DatabaseDriver } from './database-driver.ts';
import { databaseOverDriver } from './database-over-driver.ts';

const nothing = { rows: [], touched: 0 };

/** An engine without storage: it begins, hands over a session and commits. */
function emptyEngine(overrides: Partial<DatabaseDriver> = {}): DatabaseDriver {
  return {
    run: async () => nothing,
    inTransaction: (_scope, work) => work({ run: async () => nothing, runScript: async () => undefined }),
    close: async () => undefined,
    ...overrides,
  };
}

describe('work for after the commit', () => {
  it('may fail without rejecting the transaction or stopping what comes next', async () => {
    const failures: unknown[] = [];
    const database = databaseOverDriver('embedded', emptyEngine(), {
      onAfterCommitFailure: (error) => failures.push(error),
    });
    const failure = new Error('the queue is away');
    let hasRunNext = false;
    const result = await database.transaction(async (transaction) => {
      transaction.afterCommit(() => Promise.reject(failure));
      transaction.afterCommit(() => {
        hasRunNext = true;
      });
      return 'committed';
    });
    expect(result).toBe('committed');
    expect(failures).toEqual([failure]);
    expect(hasRunNext).toBe(true);
  });

  it('of a try that lost a race is forgotten', async () => {
    let tries = 0;
    const ran: number[] = [];
    const database = databaseOverDriver('embedded', emptyEngine());
    await database.transaction(async (transaction) => {
      const attempt = ++tries;
      transaction.afterCommit(() => {
        ran.push(attempt);
      });
      if (attempt < 3) throw Object.assign(new Error('raced'), { code: '40001' });
    });
    expect(ran).toEqual([3]);
  });
});

describe('a ping', () => {
  it('is false when the engine does not answer in time', async () => {
    const database = databaseOverDriver('embedded', emptyEngine({ run: () => new Promise(() => undefined) }));
    expect(await database.ping(1)).toBe(false);
  });

  it('is false when the engine fails', async () => {
    const database = databaseOverDriver(
      'embedded',
      emptyEngine({ run: () => Promise.reject(new Error('gone')) }),
    );
    expect(await database.ping(1_000)).toBe(false);
  });
});

describe('failures of the engine', () => {
  it.each<[string, object]>([
    ['a refused connection', { code: 'ECONNREFUSED', syscall: 'connect' }],
    ['a broken pipe', { code: 'EPIPE' }],
    ['too many connections', { code: '53300' }],
    ['a full disk', { code: '53100' }],
    ['a server shutting down', { code: '57P01' }],
  ])('become a 503 with a hint: %s', async (_what, properties) => {
    const failure = Object.assign(new Error('failed'), properties);
    const database = databaseOverDriver('postgres', emptyEngine({ run: () => Promise.reject(failure) }));
    await expect(database.query('select 1')).rejects.toMatchObject({
      code: 'service_unavailable',
      retryAfterSeconds: 2,
      cause: failure,
    });
  });

  it.each(['23505', '22P02', '42601'])(
    'stay what they are when they are about the statement: %s',
    async (code) => {
      const failure = Object.assign(new Error('failed'), { code });
      const database = databaseOverDriver('postgres', emptyEngine({ run: () => Promise.reject(failure) }));
      await expect(database.query('select 1')).rejects.toBe(failure);
    },
  );
});
