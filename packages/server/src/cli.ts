import { resolve } from 'node:path';
import { buildApp, embeddedDirectory, migrationsDirectory, openDatabase, storageDirectory } from './app.ts';
import { formatProblem } from './catalog/catalog-problem.ts';
import { lintCatalog } from './catalog/lint-catalog.ts';
import { loadCatalog } from './catalog/load-catalog.ts';
import { shippedCatalogDirectory } from './catalog/shipped-catalog.ts';
import { type Config, readConfig } from './config/config.ts';
import { scanMs } from './config/limits.ts';
import { maximumFileBytes } from './files/file.ts';
import { findOrganization, revokeCredential } from './identity/credential-queries.ts';
import { createOrganization, issueCredential } from './identity/issue-credential.ts';
import { asSystem } from './platform/database/database-scope.ts';
import { embeddedDatabaseExists } from './platform/database/embedded-directory.ts';
import { listPendingMigrations, migrate } from './platform/database/migrator.ts';
import { checkStorage } from './platform/storage/storage-identity.ts';
import { createClamdScanner } from './platform/virus-scan/clamd-scanner.ts';
import { settleSubmission } from './prior-authorization/settle-submission.ts';
import { explain, serveFromEnvironment } from './serve.ts';
import { workFromEnvironment } from './work.ts';

/** A word of a command that makes no sense; `message` says what would. */
class UsageError extends Error {
  override readonly name = 'UsageError';
}

interface Command {
  readonly usage: string;
  readonly meaning: string;
  run(words: readonly string[]): Promise<void>;
}

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
    usage: 'keys create [--organization id] [--name text] | keys revoke --organization id --key id',
    meaning: 'Issue a bearer token (for a new organization unless one is named), or revoke one.',
    run: runKeys,
  },
  submissions: {
    usage: 'submissions settle --organization id --attempt id --outcome delivered|not-delivered',
    meaning: 'Say what became of a hand-over whose outcome nobody else can tell.',
    run: runSubmissions,
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
  const [verb, ...rest] = words;
  const options = readOptions(rest, ['organization', 'name', 'key']);
  const { config, secrets } = readConfig(process.env);
  if (verb !== 'create' && verb !== 'revoke') throw new UsageError('Keys are created or revoked.');
  const app = await buildApp(config, secrets, { migrations: 'refuse' });
  try {
    await asSystem(() => (verb === 'create' ? createKey(app, options) : revokeKey(app, options)));
  } finally {
    await app.close();
  }
}

type App = Awaited<ReturnType<typeof buildApp>>;
type Options = Readonly<Record<string, string | undefined>>;

async function createKey(
  { database, identity }: App,
  { organization, name = 'command line' }: Options,
): Promise<void> {
  if (organization !== undefined && (await findOrganization(database, organization)) === undefined) {
    throw new UsageError('There is no such organization.');
  }
  const organizationId = organization ?? (await createOrganization(database, identity, name));
  const { credentialId, bearerToken } = await issueCredential(database, identity, { organizationId, name });
  print(JSON.stringify({ organizationId, credentialId, bearerToken }, null, 2));
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

function readOptions(words: readonly string[], known: readonly string[]): Options {
  const options: Record<string, string> = {};
  for (let index = 0; index < words.length; index += 2) {
    const name = words[index]?.replace(/^--/, '') ?? '';
    const value = words[index + 1];
    if (!words[index]?.startsWith('--') || !known.includes(name) || value === undefined) {
      throw new UsageError(`Not understood: ${words[index]}`);
    }
    options[name] = value;
  }
  return options;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
