/** The usual way into `test-database.ts`: one database for the file, dropped when its tests passed. */

import { afterAll, beforeAll, beforeEach } from 'vitest';
import {
  openTestDatabase,
  type ServerDatabase,
  type TestDatabase,
  type TestDatabaseOptions,
} from './test-database.ts';

/**
 * Opens the file's database before its tests and closes it afterwards. Call at the top of the file or of a
 * `describe`, and ask the returned function for the database inside tests. When a test failed, the schema is kept
 * and its name printed.
 */
export function useTestDatabase(options?: TestDatabaseOptions): () => ServerDatabase {
  const test = useDatabase(options);
  return () => test().database;
}

/** As above, but as a server gets it: outside a scope its statements see nobody's rows. */
export function useServerDatabase(options?: TestDatabaseOptions): () => ServerDatabase {
  const test = useDatabase(options);
  return () => test().serverDatabase;
}

function useDatabase(options?: TestDatabaseOptions): () => TestDatabase {
  let test: TestDatabase | undefined;
  let hasFailed = false;
  beforeAll(async () => {
    test = await openTestDatabase(options);
  });
  beforeEach(({ onTestFailed }) => {
    onTestFailed(() => {
      hasFailed = true;
    });
  });
  afterAll(async () => {
    if (hasFailed) console.info(`Kept for inspection: schema ${test?.schema}`);
    await test?.close({ keep: hasFailed });
  });
  return () => {
    if (test === undefined) throw new Error('The database is open inside tests only.');
    return test;
  };
}
