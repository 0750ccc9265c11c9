/** What a database engine has to offer; `database-over-driver.ts` adds the rules both engines share. */

import type { Statement } from './database.ts';
import type { DatabaseScope } from './database-scope.ts';

export interface StatementResult {
  readonly rows: readonly unknown[];
  /** Rows inserted, updated, deleted or returned. */
  readonly touched: number;
}

/** One connection for the length of one transaction. */
export interface DriverSession {
  run(statement: string | Statement, values: readonly unknown[]): Promise<StatementResult>;
  runScript(sql: string): Promise<void>;
}

export interface DatabaseDriver {
  run(
    scope: DatabaseScope,
    statement: string | Statement,
    values: readonly unknown[],
  ): Promise<StatementResult>;
  /** Begins, hands over the session, commits when `work` resolves and rolls back when it rejects. */
  inTransaction<Result>(
    scope: DatabaseScope,
    work: (session: DriverSession) => Promise<Result>,
  ): Promise<Result>;
  close(): Promise<void>;
}
