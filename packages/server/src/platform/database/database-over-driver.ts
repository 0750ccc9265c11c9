/**
 * The rules both engines share: a transaction is retried when it lost a race, what waits for the commit runs
 * after it, and the outer handle refuses to work inside a transaction. The embedded engine has one session, so
 * there the outer handle would wait for its own transaction for ever; on PostgreSQL it would quietly write
 * outside the transaction. Both are refused, so that what passes on one passes on the other.
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { Database, Statement, Transaction } from './database.ts';
import type { DatabaseDriver, DriverSession } from './database-driver.ts';
import { asCallersError, isWorthRetrying } from './database-errors.ts';
import { currentScope } from './database-scope.ts';

export interface DatabaseRules {
  /** Schema everything lives in; the migrator creates it when it is missing. Default: the engine's own, `public`. */
  readonly schema?: string | undefined;
  /** Told when work after a commit fails; the commit stands and the caller gets its result. */
  readonly onAfterCommitFailure?: ((error: unknown) => void) | undefined;
}

const retries = 3;

interface Scope {
  isOpen: boolean;
}

/** A `Database` over one engine. */
export function databaseOverDriver(
  kind: Database['kind'],
  driver: DatabaseDriver,
  rules: DatabaseRules = {},
): Database {
  const scopes = new AsyncLocalStorage<Scope>();
  const isInsideTransaction = () => scopes.getStore()?.isOpen === true;

  async function outside<Result>(work: () => Promise<Result>): Promise<Result> {
    if (isInsideTransaction()) throw new Error(outerHandleMessage);
    return await work().catch(throwCallersError);
  }

  return {
    kind,
    schema: rules.schema,
    isInsideTransaction,
    query: async <Row>(statement: string | Statement, values: readonly unknown[] = []) =>
      outside(async () => rowsOf<Row>((await driver.run(currentScope(), statement, values)).rows)),
    execute: async (statement, values = []) =>
      outside(async () => (await driver.run(currentScope(), statement, values)).touched),
    transaction: async (work) => {
      const { result, waiting } = await outside(() => runWithRetries(driver, scopes, work));
      await scopes.exit(() => runAfterCommit(waiting, rules.onAfterCommitFailure ?? warn));
      return result;
    },
    ping: (timeoutMs) =>
      answersWithin(timeoutMs, () => scopes.exit(() => driver.run({ kind: 'owner' }, 'select 1', []))),
    close: () => driver.close(),
  };
}

const outerHandleMessage =
  'The database handle was used inside one of its own transactions. Use the transaction handle that was passed in.';

type AfterCommit = () => Promise<void> | void;

interface Outcome<Result> {
  readonly result: Result;
  readonly waiting: readonly AfterCommit[];
}

async function runWithRetries<Result>(
  driver: DatabaseDriver,
  scopes: AsyncLocalStorage<Scope>,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Outcome<Result>> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await runOnce(driver, scopes, work);
    } catch (error) {
      if (attempt === retries || !isWorthRetrying(error)) throw error;
      // Spread out, so that two transactions that met do not meet again.
      await delay(Math.random() * 20 * 2 ** attempt);
    }
  }
}

async function runOnce<Result>(
  driver: DatabaseDriver,
  scopes: AsyncLocalStorage<Scope>,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Outcome<Result>> {
  const waiting: AfterCommit[] = [];
  const result = await driver.inTransaction(currentScope(), async (session) => {
    const scope: Scope = { isOpen: true };
    try {
      return await scopes.run(scope, () => work(transactionOver(session, scope, waiting)));
    } finally {
      scope.isOpen = false;
    }
  });
  return { result, waiting };
}

function transactionOver(session: DriverSession, scope: Scope, waiting: AfterCommit[]): Transaction {
  function requireOpen(): void {
    if (!scope.isOpen)
      throw new Error('The transaction is over: await every statement before its function returns.');
  }
  return {
    query: async <Row>(statement: string | Statement, values: readonly unknown[] = []) => {
      requireOpen();
      return rowsOf<Row>((await session.run(statement, values)).rows);
    },
    execute: async (statement, values = []) => {
      requireOpen();
      return (await session.run(statement, values)).touched;
    },
    executeScript: async (sql) => {
      requireOpen();
      await session.runScript(sql);
    },
    afterCommit: (work) => {
      requireOpen();
      waiting.push(work);
    },
  };
}

function rowsOf<Row>(rows: readonly unknown[]): Row[] {
  // `Row` is the caller's claim about the columns it selected; nothing here can check it.
  return rows as Row[];
}

async function runAfterCommit(
  waiting: readonly AfterCommit[],
  onFailure: (error: unknown) => void,
): Promise<void> {
  for (const work of waiting) {
    try {
      await work();
    } catch (error) {
      onFailure(error);
    }
  }
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error), 'AfterCommitFailure');
}

function throwCallersError(error: unknown): never {
  throw asCallersError(error);
}

async function answersWithin(timeoutMs: number, question: () => Promise<unknown>): Promise<boolean> {
  const deadline = new AbortController();
  const late = delay(timeoutMs, false, { signal: deadline.signal }).catch(() => false);
  const answered = question().then(
    () => true,
    () => false,
  );
  const isAnswered = await Promise.race([answered, late]);
  deadline.abort();
  return isAnswered;
}
