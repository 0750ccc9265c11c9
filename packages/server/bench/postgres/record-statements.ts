import type { App } from '../../src/app.ts';
import type { Statement } from '../../src/platform/database/database.ts';
import { asSystem, currentScope, scopeSettings } from '../../src/platform/database/database-scope.ts';
import type { EmbeddedDatabase } from '../../src/platform/database/embedded-database.ts';
import { parameterTexts } from '../../src/platform/database/parameter-values.ts';
import {
  openPostgresDatabase,
  type PostgresDatabase,
} from '../../src/platform/database/postgres-database.ts';
import { type Installation, withApp } from '../installation/installation.ts';
import { type Operation, requestsOf } from '../installation/requests.ts';
import { seedCases, seededIdPrefix } from '../installation/seed-cases.ts';
import type { LoadRequest } from '../load/load-job.ts';

/** A statement as it went to PostgreSQL: its text and its parameters in text format. */
export interface RecordedStatement {
  readonly text: string;
  readonly values: readonly (string | null)[];
  /** What goes before it in the same round trip; undefined where nothing does. */
  readonly scope: { readonly role: string; readonly organizationId: string } | undefined;
}

export interface Recording {
  /** In the order the server issued them, the look-up of the credential left out. */
  readonly statements: Readonly<Record<Operation, readonly RecordedStatement[]>>;
  /** The look-up of the credential, which the server makes once in 0.9 s and not once a request. */
  readonly credentialLookup: RecordedStatement;
}

/**
 * Stands in the recorded PATCH for the case's counters, so that a script can put the real ones in their places:
 * the counters the server writes are these plus a little.
 */
export const markers = { eventSequence: 777_000_000, version: 888_000_000 } as const;

/** Seeds the installation, then lets the server itself say what it asks the database for each operation. */
export async function seedAndRecord(installation: Installation, cases: number): Promise<Recording> {
  if (installation.databaseUrl === undefined) throw new Error('Statements are recorded on PostgreSQL.');
  const database = await openPostgresDatabase({ url: installation.databaseUrl });
  const log: RecordedStatement[] = [];
  try {
    return await withApp(installation, (app) => seedAndRecordIn(app, installation, cases, log), {
      database: recording(database, log),
    });
  } finally {
    await database.close();
  }
}

async function seedAndRecordIn(
  app: App,
  installation: Installation,
  cases: number,
  log: RecordedStatement[],
): Promise<Recording> {
  const model = await seedCases(app, installation, cases);
  const credentialLookup = log.find(isCredentialLookup);
  if (credentialLookup === undefined) throw new Error('The look-up of the credential was not recorded.');
  await asSystem(() =>
    app.database.execute('update prior_authorization set event_sequence = $2, version = $3 where id = $1', [
      model,
      markers.eventSequence,
      markers.version,
    ]),
  );
  const record = (operation: Operation) => recordOne(app, requestOn(model, operation, installation), log);
  const statements = {
    get: await record('get'),
    list: await record('list'),
    patch: await record('patch'),
    create: await record('create'),
  };
  await asSystem(() => forget(app.database, model));
  return { statements, credentialLookup };
}

/** The first request of the load, on the case with the marked counters. */
function requestOn(model: string, operation: Operation, installation: Installation): LoadRequest {
  const [request] = requestsOf(operation, installation, 0);
  if (request === undefined) throw new Error(`There is no request to ${operation}.`);
  return { ...request, path: request.path.replace(`/${seededIdPrefix}1`, `/${model}`) };
}

async function recordOne(
  app: App,
  request: LoadRequest,
  log: RecordedStatement[],
): Promise<readonly RecordedStatement[]> {
  log.length = 0;
  const response = await app.http.inject({
    // One of the methods `requestsOf` names.
    method: request.method as 'GET' | 'POST' | 'PATCH',
    url: request.path,
    headers: { ...request.headers },
    ...(request.body === undefined ? {} : { payload: request.body }),
  });
  if (response.statusCode >= 300) throw new Error(`${request.method} was refused: ${response.body}`);
  return log.filter((statement) => !isCredentialLookup(statement));
}

function isCredentialLookup({ text }: RecordedStatement): boolean {
  return text.includes('from credential');
}

/** The marked case has counters no case has; it must not stay. */
async function forget(database: EmbeddedDatabase | PostgresDatabase, model: string): Promise<void> {
  for (const table of ['prior_authorization_event', 'prior_authorization_action'])
    await database.execute(`delete from ${table} where authorization_id = $1`, [model]);
  await database.execute('delete from prior_authorization where id = $1', [model]);
}

/** The database, noting every statement before it is sent. */
export function recording(database: PostgresDatabase, log: RecordedStatement[]): PostgresDatabase {
  const note = (statement: string | Statement, values: readonly unknown[] = []) => {
    const text = typeof statement === 'string' ? statement : statement.text;
    log.push({ text, values: parameterTexts(values), scope: scopeSettings(currentScope()) });
  };
  return {
    ...database,
    query: (statement, values) => {
      note(statement, values);
      return database.query(statement, values);
    },
    execute: (statement, values) => {
      note(statement, values);
      return database.execute(statement, values);
    },
  };
}
