import { defineConfig, type TestProjectConfiguration } from 'vitest/config';

/**
 * `unit` needs nothing. `pglite` and `postgres` run the same files on the embedded and on the real database;
 * those of `ofOneEngine` apart; `TEST_DATABASE=pglite` or `TEST_DATABASE=postgres` leaves the other one out.
 */
const databaseTests = ['test/**/*.test.ts'];
const withoutDatabase = ['test/*.test.ts'];
/** About bytes, processes, commands, tokens and EMRs, which know nothing of the engine: on PostgreSQL, where a process starts sooner. */
const ofOneEngine = [
  'test/process/{audit-command,encryption-commands,server-secret}.test.ts',
  'test/faults/{audit,submission}-kills.test.ts',
  'test/api/{forged-sessions,master-keys,oidc,response-headers,served-routes,sessions,workos-keys}.test.ts',
  'test/emr/{fhir-connector,simulator,simulator-connector,smart,validate-fhir}.test.ts',
  'test/api/{active-content,disguised-files,document-bombs,hostile-files,upload-troubles,virus-scan}.test.ts',
];
const wanted = process.env.TEST_DATABASE;

const shared = {
  pool: 'forks',
  testTimeout: 30_000,
  hookTimeout: 30_000,
} as const;

const unit: TestProjectConfiguration = {
  test: { ...shared, name: 'unit', include: ['src/**/*.test.ts', ...withoutDatabase] },
};

const pglite: TestProjectConfiguration = {
  test: {
    ...shared,
    name: 'pglite',
    include: databaseTests,
    exclude: [...withoutDatabase, ...ofOneEngine],
    // Workers live on from file to file and keep their engine: starting one takes a second.
    isolate: false,
    env: { TEST_DATABASE: 'pglite' },
  },
};

const postgres: TestProjectConfiguration = {
  test: {
    ...shared,
    name: 'postgres',
    include: databaseTests,
    exclude: withoutDatabase,
    isolate: false,
    env: { TEST_DATABASE: 'postgres' },
    globalSetup: ['test/support/databases/start-postgres-for-run.ts'],
  },
};

const projects = [unit];
if (wanted !== 'postgres') projects.push(pglite);
if (wanted !== 'pglite') projects.push(postgres);

export default defineConfig({ test: { projects, maxWorkers: 2 } });
