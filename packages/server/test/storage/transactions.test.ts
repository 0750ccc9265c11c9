import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database, Transaction } from '../../src/platform/database/database.ts';
import { uniqueViolation, violatesUnique } from '../../src/platform/database/unique-violation.ts';
import { testDatabaseEngine } from '../support/databases/test-database.ts';
import { useTestDatabase } from '../support/databases/use-test-database.ts';

const database = useTestDatabase({ migrations: 'none' });

beforeAll(async () => {
  await database().execute('create table item (id text constraint item_key primary key, amount integer)');
  await database().execute('create unique index item_amount on item (amount) where amount > 100');
});

beforeEach(async () => {
  await database().execute('delete from item');
});

const ids = async () =>
  (await database().query<{ id: string }>('select id from item order by id')).map((row) => row.id);
const insert = (queryable: Database | Transaction, id: string, amount = 1) =>
  queryable.execute('insert into item values ($1, $2)', [id, amount]);

describe('a transaction', () => {
  it('commits when its work resolves, and answers with its result', async () => {
    const result = await database().transaction(async (transaction) => {
      await insert(transaction, 'a');
      return 'done';
    });
    expect(result).toBe('done');
    expect(await ids()).toEqual(['a']);
  });

  it('rolls back when its work rejects, and rejects with the same error', async () => {
    const failure = new Error('refused');
    const attempt = database().transaction(async (transaction) => {
      await insert(transaction, 'a');
      throw failure;
    });
    await expect(attempt).rejects.toBe(failure);
    expect(await ids()).toEqual([]);
  });

  it('rejects when a failed statement was swallowed and nothing could be committed', async () => {
    const attempt = database().transaction(async (transaction) => {
      await insert(transaction, 'a');
      await transaction.execute('select 1 / 0').catch(() => undefined);
    });
    await expect(attempt).rejects.toThrow('rolled back instead of committed');
    expect(await ids()).toEqual([]);
  });

  it('lets no statement through once it is over', async () => {
    const kept = await database().transaction(async (transaction) => transaction);
    await expect(kept.query('select 1')).rejects.toThrow('The transaction is over');
  });

  it('runs scripts of several statements', async () => {
    await database().transaction(async (transaction) => {
      await transaction.executeScript(`insert into item values ('a', 1); insert into item values ('b', 2);`);
    });
    expect(await ids()).toEqual(['a', 'b']);
  });
});

describe('work for after the commit', () => {
  it('runs in order once the rows can be seen, before the caller goes on', async () => {
    const seen: string[] = [];
    await database().transaction(async (transaction) => {
      transaction.afterCommit(async () => {
        seen.push(`first sees ${(await ids()).join()}`);
      });
      transaction.afterCommit(() => {
        seen.push('second');
      });
      await insert(transaction, 'a');
    });
    expect(seen).toEqual(['first sees a', 'second']);
  });

  it('does not run after a rollback', async () => {
    let hasRun = false;
    const attempt = database().transaction(async (transaction) => {
      transaction.afterCommit(() => {
        hasRun = true;
      });
      throw new Error('refused');
    });
    await expect(attempt).rejects.toThrow('refused');
    expect(hasRun).toBe(false);
  });
});

describe('the outer handle', () => {
  it.each<[string, (outer: Database) => Promise<unknown>]>([
    ['query', (outer) => outer.query('select 1')],
    ['execute', (outer) => outer.execute('delete from item')],
    ['transaction', (outer) => outer.transaction(async () => undefined)],
  ])('is refused inside a transaction: %s', async (_name, use) => {
    const attempt = database().transaction(() => use(database()));
    await expect(attempt).rejects.toThrow('Use the transaction handle');
  });

  it('is refused through awaits and parallel branches of the same path', async () => {
    const attempt = database().transaction(async (transaction) => {
      await Promise.all([insert(transaction, 'a'), new Promise(setImmediate).then(() => ids())]);
    });
    await expect(attempt).rejects.toThrow('Use the transaction handle');
  });

  it('works beside a transaction on another path', async () => {
    const open = database().transaction((transaction) => insert(transaction, 'a'));
    const beside = insert(database(), 'b');
    await Promise.all([open, beside]);
    expect(await ids()).toEqual(['a', 'b']);
  });

  it('works again on the same path once the transaction is over', async () => {
    const late = await database().transaction(async () => {
      expect(database().isInsideTransaction()).toBe(true);
      return { later: new Promise(setImmediate).then(() => new Promise(setImmediate)) };
    });
    expect(database().isInsideTransaction()).toBe(false);
    await late.later;
    expect(await ids()).toEqual([]);
  });
});

describe('counts of touched rows', () => {
  it('are those of insert, update, delete and select', async () => {
    const count = (sql: string) => database().execute(sql);
    expect(await count(`insert into item select n::text, n from generate_series(1, 3) n`)).toBe(3);
    expect(await count(`update item set amount = 0 where amount > 1 returning id`)).toBe(2);
    expect(await count(`select * from item`)).toBe(3);
    expect(await count(`insert into item values ('1', 1) on conflict do nothing`)).toBe(0);
    expect(await count(`delete from item`)).toBe(3);
  });

  it('are no hindrance to named statements', async () => {
    const statement = { name: 'item-insert', text: 'insert into item values ($1, $2) returning id' };
    expect(await database().query(statement, ['a', 1])).toEqual([{ id: 'a' }]);
    expect(await database().execute(statement, ['b', 1])).toBe(1);
  });
});

describe('a unique violation', () => {
  it('is told by the name of its constraint or index', async () => {
    await insert(database(), 'a', 200);
    const byKey = await insert(database(), 'a').catch((error: unknown) => error);
    const byIndex = await insert(database(), 'b', 200).catch((error: unknown) => error);
    expect(uniqueViolation(byKey)).toEqual({ constraint: 'item_key' });
    expect(uniqueViolation(byIndex)).toEqual({ constraint: 'item_amount' });
    expect(violatesUnique(byKey, 'item_key')).toBe(true);
    expect(violatesUnique(byKey, 'item_amount')).toBe(false);
  });

  it('is no other failure', async () => {
    const failure = await database()
      .execute('select 1 / 0')
      .catch((error: unknown) => error);
    expect(uniqueViolation(failure)).toBeUndefined();
    expect(uniqueViolation(new Error('23505'))).toBeUndefined();
  });
});

describe('the database', () => {
  it('answers a ping', async () => {
    expect(await database().ping(5_000)).toBe(true);
  });

  it('sorts text in its own way, so queries name the collation', async () => {
    const rows = await database().query<{ word: string }>(
      `select word from unnest(array['b', 'A', 'a', 'B']) as word order by word collate "C"`,
    );
    expect(rows.map((row) => row.word)).toEqual(['A', 'B', 'a', 'b']);
  });

  it('tells which engine it is', () => {
    expect(database().kind).toBe(testDatabaseEngine() === 'postgres' ? 'postgres' : 'embedded');
  });
});
