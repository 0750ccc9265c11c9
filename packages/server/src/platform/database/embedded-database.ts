/**
 * PostgreSQL inside this process, for trying Precert without a database server. One session: transactions queue.
 *
 * Committed work survives `kill -9`. It does not survive a power cut: the engine never calls fsync. It has no
 * statement timeout either, since nothing can interrupt a statement on the only thread.
 */

import { type Transaction as EngineTransaction, PGlite, type PGliteOptions } from '@electric-sql/pglite';
import { columnParsers } from './column-values.ts';
import type { Database } from './database.ts';
import type { DatabaseDriver } from './database-driver.ts';
import { type DatabaseRules, databaseOverDriver } from './database-over-driver.ts';
import { type DatabaseScope, scopeSettings } from './database-scope.ts';
import { lockDirectory } from './directory-lock.ts';
import { prepareEmbeddedDirectory } from './embedded-directory.ts';
import { embeddedSession } from './embedded-session.ts';
import { startEmbeddedUpkeep } from './embedded-upkeep.ts';
import { loadPreparedCluster } from './prepared-cluster.ts';

export interface EmbeddedOptions extends DatabaseRules {
  /** A directory of its own on a local disk, or `memory` for one that ends with the process. */
  readonly directory: string | 'memory';
}

export interface EmbeddedDatabase extends Database {
  readonly kind: 'embedded';
  /** The engine itself, for the job queue. */
  readonly engine: PGlite;
}

/**
 * Opens, on the first start creates, the embedded database.
 * @throws DirectoryInUseError when another process works in the directory.
 */
export async function openEmbeddedDatabase(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  if (options.directory === 'memory') {
    return await embeddedDatabaseOver(await openEngine(await loadPreparedCluster()), options);
  }
  const lock = lockDirectory(options.directory);
  try {
    const engine = await openEngineIn(options.directory);
    const upkeep = startEmbeddedUpkeep(engine);
    return await embeddedDatabaseOver(engine, options, async () => {
      upkeep.stop();
      await engine.close();
      lock.release();
    });
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** A `Database` over an engine that is already open. */
export async function embeddedDatabaseOver(
  engine: PGlite,
  options: Omit<EmbeddedOptions, 'directory'> = {},
  close: () => Promise<void> = () => engine.close(),
): Promise<EmbeddedDatabase> {
  if (options.schema !== undefined) {
    await engine.query(`select set_config('search_path', $1, false)`, [options.schema]);
  }
  const database = databaseOverDriver('embedded', engineDriver(engine, close), options);
  return { ...database, kind: 'embedded', engine };
}

async function openEngineIn(directory: string): Promise<PGlite> {
  const prepared = prepareEmbeddedDirectory(directory);
  const engine = await openEngine(
    prepared.isFirstStart ? await loadPreparedCluster() : undefined,
    prepared.clusterPath,
  );
  prepared.markComplete();
  return engine;
}

/** An engine with our session settings. `cluster` is a tar to start from. */
export async function openEngine(cluster: Blob | undefined, clusterPath = 'memory://'): Promise<PGlite> {
  const options: PGliteOptions = {
    dataDir: clusterPath,
    startParams: [...PGlite.defaultStartParams, ...sessionSettings],
    parsers: columnParsers,
    // Bytes arrive already encoded; the engine's own serializer would refuse the text.
    serializers: { 17: String },
  };
  return await PGlite.create(cluster === undefined ? options : { ...options, loadDataDir: cluster });
}

// The default of 128 MB of shared buffers doubled the process (303 MB against 167 MB) and gained nothing measurable.
const sessionSettings = ['-c', 'shared_buffers=16MB', '-c', 'timezone=UTC', '-c', 'datestyle=ISO'];

function engineDriver(engine: PGlite, close: () => Promise<void>): DatabaseDriver {
  const session = embeddedSession(engine);
  return {
    // The engine's own lock, which its transactions and the job queue's statements take: none may stand open here.
    run: (scope, statement, values) =>
      engine._runExclusiveTransaction(() => session.run(scope, statement, values)),
    inTransaction: (scope, work) =>
      engine.transaction(async (transaction) => {
        await enterScope(transaction, scope);
        return work({
          // The transaction has its scope from its beginning.
          run: (statement, values) => session.run({ kind: 'owner' }, statement, values),
          runScript: async (sql) => {
            await transaction.exec(sql);
          },
        });
      }),
    close: async () => {
      if (!engine.closed) await close();
    },
  };
}

async function enterScope(transaction: EngineTransaction, scope: DatabaseScope): Promise<void> {
  const settings = scopeSettings(scope);
  if (settings === undefined) return;
  await transaction.query(
    `select set_config('role', $1, true), set_config('precert.organization_id', $2, true)`,
    [settings.role, settings.organizationId],
  );
}
