/** pg-boss on either database. */

import { type BackendProfile, type ConstructorOptions, fromPglite, PgBoss } from 'pg-boss';
import type { EmbeddedDatabase } from '../database/embedded-database.ts';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import type { Logger } from '../observability/logger.ts';

/** PostgreSQL itself, or the compatible engine that stands in its place. */
export type PostgresEngine = Exclude<BackendProfile, 'pglite'>;

/** A pg-boss instance, not started, in a schema of its own beside that of the database. */
export function openBoss(
  database: EmbeddedDatabase | PostgresDatabase,
  engine: PostgresEngine,
  logger: Logger,
): PgBoss {
  const boss = new PgBoss({
    ...(database.kind === 'embedded' ? onEmbedded(database) : onPostgres(database, engine)),
    schema: `${database.schema ?? 'precert'}_jobs`,
    // Cron jobs are not used: sweepers have timers of their own.
    schedule: false,
  });
  boss.on('error', (error) => logger.error({ err: error }, 'the job queue reported an error'));
  // The data of a warning may quote statements with their values.
  boss.on('warning', (warning) =>
    logger.warn({ warning: warning.message }, 'the job queue reported a warning'),
  );
  return boss;
}

function onEmbedded(database: EmbeddedDatabase): ConstructorOptions {
  // All its jobs come from this process, which nudges an idle worker itself. A notification would wake every worker
  // of the queue, and their fetches would queue up on the one session.
  // Single-user mode has no autovacuum to watch and cannot rebuild an index concurrently.
  return { db: fromPglite(database.engine), backend: 'pglite', monitorVacuum: false, reindex: false };
}

function onPostgres(database: PostgresDatabase, engine: PostgresEngine): ConstructorOptions {
  // A pool of its own, so that jobs and requests cannot starve each other; one more connection listens.
  return {
    connectionString: database.url,
    backend: engine,
    max: 3,
    useListenNotify: true,
    application_name: 'precert-jobs',
  };
}
