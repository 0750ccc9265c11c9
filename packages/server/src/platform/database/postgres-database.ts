/** PostgreSQL 15 and later, through a pool of connections. */

import pg from 'pg';
import { columnParserFor } from './column-values.ts';
import type { Database, Statement } from './database.ts';
import type { DatabaseDriver, DriverSession, StatementResult } from './database-driver.ts';
import { isStalePlan, isUnavailability } from './database-errors.ts';
import { type DatabaseRules, databaseOverDriver } from './database-over-driver.ts';
import { asOwner, type DatabaseScope, scopeSettings } from './database-scope.ts';
import { parameterTexts } from './parameter-values.ts';
import { ScopedStatementRun, setScope } from './scoped-statement.ts';

export interface PostgresOptions extends DatabaseRules {
  readonly url: string;
  /** Connections held at most. The job queue opens up to four more of its own. */
  readonly poolSize?: number | undefined;
  readonly statementTimeoutMs?: number | undefined;
  readonly connectTimeoutMs?: number | undefined;
}

export interface PostgresDatabase extends Database {
  readonly kind: 'postgres';
  readonly url: string;
}

/**
 * A pool on the server `url` names. Returns once one connection has answered.
 * @throws PrecertError `service_unavailable` when the server cannot be reached.
 */
export async function openPostgresDatabase(options: PostgresOptions): Promise<PostgresDatabase> {
  const pool = new pg.Pool(poolConfig(options));
  // An idle connection that breaks is replaced on the next use; without a listener it would end the process.
  pool.on('error', () => undefined);
  const database = databaseOverDriver('postgres', poolDriver(pool), options);
  try {
    await asOwner(() => database.query('select 1'));
  } catch (error) {
    await pool.end();
    throw error;
  }
  return { ...database, kind: 'postgres', url: options.url };
}

function poolConfig(options: PostgresOptions): pg.PoolConfig {
  const statementTimeoutMs = options.statementTimeoutMs ?? 15_000;
  return {
    connectionString: options.url,
    application_name: 'precert',
    max: options.poolSize ?? 10,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
    idleTimeoutMillis: 60_000,
    // Lets a failed-over or rebalanced server be found again.
    maxLifetimeSeconds: 3_600,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    // The server cannot tell us of its timeout when the network swallows packets.
    query_timeout: statementTimeoutMs + 5_000,
    onConnect: async (client) => {
      await client.query(sessionSettings(statementTimeoutMs, options.schema));
      await client.query({ ...setScope, values: ['none', ''] });
    },
    types: { getTypeParser: columnParserFor },
  };
}

/** Sent as statements: a connection pooler in between refuses them as start-up parameters. */
function sessionSettings(statementTimeoutMs: number, schema: string | undefined): string {
  const settings = [
    'set timezone = UTC',
    'set datestyle = ISO',
    `set statement_timeout = ${Math.ceil(statementTimeoutMs)}`,
    // A second request with an idempotency key in flight waits this long for the first (contract README, prior auth 2).
    'set lock_timeout = 5000',
    'set idle_in_transaction_session_timeout = 60000',
  ];
  if (schema !== undefined) settings.push(`set search_path = ${pg.escapeIdentifier(schema)}`);
  return settings.join('; ');
}

function poolDriver(pool: pg.Pool): DatabaseDriver {
  return {
    run: async (scope, statement, values) => {
      try {
        return await withClient(pool, (client) => runOn(client, scope, statement, values));
      } catch (error) {
        if (typeof statement === 'string' || !isStalePlan(error)) throw error;
        // Without its name it is planned anew, whichever connection it meets.
        return await withClient(pool, (client) => runOn(client, scope, statement.text, values));
      }
    },
    inTransaction: async (scope, work) =>
      withClient(pool, async (client) => {
        await client.query(beginIn(scope));
        const result = await work(sessionOn(client)).catch((error) => rollBackAndThrow(client, error));
        await commit(client);
        return result;
      }),
    close: () => pool.end(),
  };
}

/**
 * Lends a connection. `Pool.query` would throw the connection away on every error, a unique violation included;
 * only a broken connection, or one holding a stale plan, is thrown away here.
 */
async function withClient<Result>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  // A connection that breaks while lent also emits; the failing statement reports it.
  const ignore = () => undefined;
  client.on('error', ignore);
  let isBroken = false;
  try {
    return await work(client);
  } catch (error) {
    isBroken = isUnavailability(error) || isStalePlan(error);
    throw error;
  } finally {
    client.off('error', ignore);
    client.release(isBroken);
  }
}

function sessionOn(client: pg.PoolClient): DriverSession {
  return {
    // The transaction has its scope from its beginning.
    run: (statement, values) => runOn(client, { kind: 'owner' }, statement, values),
    runScript: async (sql) => {
      await client.query(scriptQuery(sql));
    },
  };
}

/** Scripts migrate: how long they may take is theirs to set on the server. The typings lack the per-query timeout. */
function scriptQuery(text: string): pg.QueryConfig & { query_timeout: number } {
  return { text, query_timeout: 3_600_000 };
}

function runOn(
  client: pg.PoolClient,
  scope: DatabaseScope,
  statement: string | Statement,
  values: readonly unknown[],
): Promise<StatementResult> {
  const named = typeof statement === 'string' ? { name: undefined, text: statement } : statement;
  const { promise, resolve, reject } = Promise.withResolvers<StatementResult>();
  const run = new ScopedStatementRun(
    { ...named, values: parameterTexts(values), scope: scopeSettings(scope) },
    (error, result) => (result === undefined ? reject(error) : resolve(result)),
  );
  client.query(run);
  return promise;
}

function beginIn(scope: DatabaseScope): string {
  const settings = scopeSettings(scope);
  if (settings === undefined) return 'begin';
  const [role, organization] = [settings.role, settings.organizationId].map(pg.escapeLiteral);
  return `begin; select set_config('role', ${role}, true), set_config('precert.organization_id', ${organization}, true)`;
}

/** The server answers COMMIT with ROLLBACK when an earlier statement failed and `work` swallowed its error. */
async function commit(client: pg.PoolClient): Promise<void> {
  const { command } = await client.query('commit');
  if (command !== 'COMMIT') throw new Error('Transaction was rolled back instead of committed');
}

async function rollBackAndThrow(client: pg.PoolClient, error: unknown): Promise<never> {
  // When even the rollback fails the connection is dead and the server rolls back by itself; the first error tells why.
  await client.query('rollback').catch(() => undefined);
  throw error;
}
