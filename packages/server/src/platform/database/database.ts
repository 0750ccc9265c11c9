/**
 * The small face both databases show: plain SQL with `$1` parameters in PostgreSQL 15's dialect.
 * Every tenant query takes the organization as a parameter; row-level security stands behind it.
 *
 * What columns become, the same on both: `timestamptz` a Date; `bigint` a number, or a BigInt beyond the safe
 * range; `json`/`jsonb` parsed; `bytea` a Buffer; arrays of these an Array; everything else, `date` and
 * `numeric` among it, the text PostgreSQL prints. How values are bound: see `parameter-values.ts`.
 */

/** A hot statement is named so that PostgreSQL plans it once per connection. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

export interface Queryable {
  /** Rows of the statement. `Row` is the caller's claim about the columns it selected. */
  query<Row>(statement: string | Statement, values?: readonly unknown[]): Promise<Row[]>;
  /** Number of rows the statement touched. */
  execute(statement: string | Statement, values?: readonly unknown[]): Promise<number>;
}

/** Inside a transaction. Using the outer `Database` while one is open on the same async path throws. */
export interface Transaction extends Queryable {
  /** Several statements in one text, without parameters. For migrations. */
  executeScript(sql: string): Promise<void>;
  /** Runs after the commit, in order; never after a rollback. For waking jobs, not for effects that must happen. */
  afterCommit(work: () => Promise<void> | void): void;
}

export interface Database extends Queryable {
  readonly kind: 'embedded' | 'postgres';
  /** Schema that unqualified names mean; undefined for the engine's default. */
  readonly schema: string | undefined;
  /** Commits when `work` resolves, rolls back when it rejects. Deadlocks and serialization failures are retried up to 3 times. */
  transaction<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result>;
  /** True while a transaction of this database is open on the caller's async path. */
  isInsideTransaction(): boolean;
  /** True when a trivial query answers within `timeoutMs`. */
  ping(timeoutMs: number): Promise<boolean>;
  close(): Promise<void>;
}
