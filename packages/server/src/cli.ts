import { resolve } from 'node:path';
import { buildApp, embeddedDirectory, migrationsDirectory, openDatabase, storageDirectory } from './app.ts';
import { formatProblem } from './catalog/catalog-problem.ts';
import { lintCatalog } from './catalog/lint-catalog.ts';
import { loadCatalog } from './catalog/load-catalog.ts';
import { shippedCatalogDirectory } from './catalog/shipped-catalog.ts';
import { claimsCommands } from './claims-commands.ts';
import { type Command, type Options, print, readOptions, UsageError } from './command-words.ts';
import { type Config, readConfig } from './config/config.ts';
import { scanMs } from './config/limits.ts';
import { emrSimulatorCommand, runEmrSimulator } from './emr/simulator/simulator-command.ts';
import { maximumFileBytes } from './files/file.ts';
import { listCredentials, revokeCredential } from './identity/credential-queries.ts';
import { createOrganization, issueCredential } from './identity/issue-credential.ts';
import { findOrganization } from './identity/organization-queries.ts';
import { scopes } from './identity/scope.ts';
import { asSystem } from './platform/database/database-scope.ts';
import { embeddedDatabaseExists } from './platform/database/embedded-directory.ts';
import { listPendingMigrations, migrate } from './platform/database/migrator.ts';
import { isCalendarDate, isTimestamp } from './platform/http/formats.ts';
import { checkStorage } from './platform/storage/storage-identity.ts';
import { createClamdScanner } from './platform/virus-scan/clamd-scanner.ts';
import { settleSubmission } from './prior-authorization/settle-submission.ts';
import { explain, serveFromEnvironment } from './serve.ts';
import { stopOnSignal } from './stop-on-signal.ts';
import { workFromEnvironment } from './work.ts';

const commands: Readonly<Record<string, Command>> = {
  serve: {
    usage: 'serve',
    meaning: 'Run the server: API and workers in one process. The default.',
    run: serveFromEnvironment,
  },
  worker: {
    usage: 'worker',
    meaning: 'Run only the workers, beside servers on the same PostgreSQL.',
    run: workFromEnvironment,
  },
  migrate: {
    usage: 'migrate',
    meaning: 'Bring the database up to this version, then exit.',
    run: runMigrate,
  },
  doctor: {
    usage: 'doctor',
    meaning: 'Check configuration, catalog, database and virus scanner without changing anything, then exit.',
    run: runDoctor,
  },
  catalog: {
    usage: 'catalog lint [directory]',
    meaning: 'Check templates and run their example cases.',
    run: runCatalog,
  },
  keys: {
    usage: [
      'keys create [--organization id] [--name text] [--scope read|write|admin] [--expires date]',
      'keys list --organization id',
      'keys revoke --organization id --key id',
    ].join('\n  precert '),
    meaning:
      'Issue a bearer token (for a new organization unless one is named; scope write unless another is), list them, or revoke one.',
    run: runKeys,
  },
  submissions: {
    usage: 'submissions settle --organization id --attempt id --outcome delivered|not-delivered',
    meaning: 'Say what became of a hand-over whose outcome nobody else can tell.',
    run: runSubmissions,
  },
  ...claimsCommands,
  'emr-simulator': {
    usage: emrSimulatorCommand.usage,
    meaning: emrSimulatorCommand.meaning,
    run: runSimulator,
  },
};

/** Runs one command; sets the exit code, never throws. */
export async function runCli(words: readonly string[]): Promise<void> {
  const [name = 'serve', ...rest] = words;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    print(usage());
    process.exitCode = ['help', '--help', '-h'].includes(name) ? 0 : 2;
    return;
  }
  try {
    await command.run(rest);
  } catch (error) {
    process.stderr.write(
      `${error instanceof UsageError ? `${error.message}\n${usage()}` : explain(error)}\n`,
    );
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}

function usage(): string {
  const lines = Object.values(commands).map(
    (command) => `  precert ${command.usage}\n      ${command.meaning}`,
  );
  return `Usage:\n${lines.join('\n')}`;
}

async function runMigrate(): Promise<void> {
  const { config, secrets } = readConfig(process.env);
  const database = await openDatabase(config, secrets);
  try {
    const applied = await migrate(database, { directory: migrationsDirectory });
    print(
      applied.length === 0
        ? 'The database is up to date.'
        : `Applied:\n${applied.map((file) => `  ${file}`).join('\n')}`,
    );
  } finally {
    await database.close();
  }
}

/** Changes nothing: what a start would make or bring up to date is only told. */
async function runDoctor(): Promise<void> {
  const { config, secrets } = readConfig(process.env);
  await loadCatalog([shippedCatalogDirectory, ...config.catalogDirectories]);
  await checkScanner(config);
  const isEmbedded = secrets.databaseUrl === undefined;
  if (isEmbedded && !embeddedDatabaseExists(embeddedDirectory(config))) {
    return print(
      `All is well: ${config.environment}. There is no database yet; a start makes one in ${config.dataDirectory}.`,
    );
  }
  const database = await openDatabase(config, secrets);
  try {
    const pending = await listPendingMigrations(database, migrationsDirectory);
    if (pending.length > 0) print(`A start, or \`precert migrate\`, applies: ${pending.join(', ')}.`);
    else await asSystem(() => checkStorage(database, storageDirectory(config)));
    print(`All is well: ${config.environment}, ${database.kind} database, data in ${config.dataDirectory}.`);
  } finally {
    await database.close();
  }
}

async function checkScanner({ clamd }: Config): Promise<void> {
  if (clamd === undefined) return;
  const version = await createClamdScanner(clamd, scanMs).check(maximumFileBytes);
  print(
    `Uploads are scanned by ${version}. Whether it has AlertExceedsMax on, only its configuration tells.`,
  );
}

async function runCatalog(words: readonly string[]): Promise<void> {
  const [verb, directory, ...others] = words;
  if (verb !== 'lint' || others.length > 0) throw new UsageError('The catalog knows one verb: lint.');
  const own = directory === undefined ? [] : [resolve(directory)];
  const problems = await lintCatalog([shippedCatalogDirectory, ...own]);
  for (const problem of problems) print(formatProblem(problem));
  print(
    problems.length === 0 ? 'The catalog has no problems.' : `The catalog has ${problems.length} problem(s).`,
  );
  if (problems.length > 0) process.exitCode = 1;
}

async function runKeys(words: readonly string[]): Promise<void> {
  const [verb = '', ...rest] = words;
  const options = readOptions(rest, ['organization', 'name', 'scope', 'expires', 'key']);
  const { config, secrets } = readConfig(process.env);
  const run = Object.hasOwn(keyVerbs, verb) ? keyVerbs[verb] : undefined;
  if (run === undefined) throw new UsageError('Keys are created, listed or revoked.');
  const app = await buildApp(config, secrets, { migrations: 'refuse' });
  try {
    await asSystem(() => run(app, options));
  } finally {
    await app.close();
  }
}

type App = Awaited<ReturnType<typeof buildApp>>;

const keyVerbs: Readonly<Record<string, (app: App, options: Options) => Promise<void>>> = {
  create: createKey,
  list: listKeys,
  revoke: revokeKey,
};

async function createKey({ database, identity }: App, options: Options): Promise<void> {
  const { organization, name = 'command line' } = options;
  const scope = scopes.find((known) => known === (options.scope ?? 'write'));
  if (scope === undefined) throw new UsageError(`--scope is one of ${scopes.join(', ')}.`);
  const expiresAt = readInstant(options.expires);
  if (organization !== undefined && (await findOrganization(database, organization)) === undefined) {
    throw new UsageError('There is no such organization.');
  }
  const organizationId = organization ?? (await createOrganization(database, identity, name));
  const request = { organizationId, name, scope, expiresAt };
  const { credentialId, bearerToken } = await issueCredential(database, identity, request);
  print(JSON.stringify({ organizationId, credentialId, scope, bearerToken }, null, 2));
}

function readInstant(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  if (!isCalendarDate(text) && !isTimestamp(text)) {
    throw new UsageError('--expires is a date (2027-03-13) or a timestamp (2027-03-13T17:00:00Z).');
  }
  return new Date(text);
}

async function listKeys({ database }: App, { organization }: Options): Promise<void> {
  if (organization === undefined) throw new UsageError('Name --organization.');
  const everything = { before: undefined, limit: 10_000 };
  print(JSON.stringify(await listCredentials(database, organization, everything), null, 2));
}

async function revokeKey({ database, identity }: App, { organization, key }: Options): Promise<void> {
  if (organization === undefined || key === undefined) throw new UsageError('Name --organization and --key.');
  const revoked = await revokeCredential(database, organization, key, identity.clock.now());
  print(revoked === 1 ? 'Revoked.' : 'There is no live credential of this id.');
  if (revoked !== 1) process.exitCode = 1;
}

async function runSubmissions(words: readonly string[]): Promise<void> {
  const [verb, ...rest] = words;
  const { organization, attempt, outcome } = readOptions(rest, ['organization', 'attempt', 'outcome']);
  if (verb !== 'settle' || organization === undefined || attempt === undefined) {
    throw new UsageError('Name --organization, --attempt and --outcome.');
  }
  if (outcome !== 'delivered' && outcome !== 'not-delivered')
    throw new UsageError('--outcome is delivered or not-delivered.');
  const { config, secrets } = readConfig(process.env);
  const app = await buildApp(config, secrets, { migrations: 'refuse' });
  try {
    await settleSubmission(app.priorAuthorization, {
      organizationId: organization,
      attemptId: attempt,
      outcome,
    });
    print('Settled.');
  } finally {
    await app.close();
  }
}

async function runSimulator(words: readonly string[]): Promise<void> {
  const { config } = readConfig(process.env);
  const simulator = await runEmrSimulator(readOptions(words, emrSimulatorCommand.options), config);
  print(`The simulated EMR listens on ${simulator.url}; its FHIR base is ${simulator.baseUrl}`);
  stopOnSignal(() => simulator.stop());
}
