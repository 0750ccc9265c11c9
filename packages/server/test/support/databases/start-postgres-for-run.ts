/** Global set-up of the `postgres` project: one server for the whole run, or the one `TEST_DATABASE_URL` names. */

import type { TestProject } from 'vitest/node';
import { type PostgresServer, startPostgresServer } from './postgres-server.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string | undefined;
  }
}

let server: PostgresServer | undefined;

export async function setup(project: TestProject): Promise<void> {
  const givenUrl = process.env.TEST_DATABASE_URL;
  if (givenUrl === undefined) server = await startPostgresServer();
  project.provide('postgresUrl', server?.url ?? givenUrl);
}

export async function teardown(): Promise<void> {
  await server?.stop();
}
