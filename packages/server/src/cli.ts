import { resolve } from 'node:path';
import { buildApp } from './app.ts';
import { auditWork } from './audit/audit-work.ts';
import { operator } from './audit/operator.ts';
import { auditUsage, runAudit } from './audit-command.ts';
import { formatProblem } from './catalog/catalog-problem.ts';
import { lintCatalog } from './catalog/lint-catalog.ts';
import { loadCatalog } from './catalog/load-catalog.ts';
import { shippedCatalogDirectory } from './catalog/shipped-catalog.ts';
import { claimsCommands } from './claims-commands.ts';
import { type Command, type Options, print, readInstant, readOptions, UsageError } from './command-words.ts';
import { type Config, readConfig, type Secrets } from './config/config.ts';
import { scanMs } from './config/limits.ts';
import { emrSimulatorCommand, runEmrSimulator } from './emr/simulator/simulator-command.ts';
import { describeEncryption, describeRotation } from './encryption-report.ts';
import { maximumFileBytes } from './files/file.ts';
import { listCredentials, revokeCredential } from './identity/credential-queries.ts';
import { createOrganization, issueCredential } from './identity/issue-credential.ts';
import { findOrganization } from './identity/organization-queries.ts';
import { scopes } from './identity/scope.ts';
import { checkSecret } from './identity/secret-mark.ts';
import { findServerSecret } from './identity/server-secret.ts';
import { embeddedDirectory, openDatabase, openKeys, openStorage, storageDirectory } from './open-storage.ts';
import { systemClock } from './platform/clock.ts';
import type { Database } from './platform/database/database.ts';
import { asSystem } from './platform/database/database-scope.ts';
import { embeddedDatabaseExists } from './platform/database/embedded-directory.ts';
import { listPendingMigrations } from './platform/database/migrator.ts';
import { countKeysByMasterKey, listKeyedOrganizations } from './platform/encryption/data-key-queries.ts';
import { rewrapDataKeys } from './platform/encryption/rewrap-data-keys.ts';
import { rotateDataKey } from './platform/encryption/rotate-data-keys.ts';
import { verifyMasterKeys } from './platform/encryption/verify-master-keys.ts';
import { createLogger } from './platform/observability/logger.ts';
import { checkStorage } from './platform/storage/storage-identity.ts';
import { createClamdScanner } from './platform/virus-scan/clamd-scanner.ts';
import { settleSubmission } from './prior-authorization/settle-submission.ts';
import { runSecret, secretUsage } from './secret-command.ts';
import { explain, serveFromEnvironment } from './serve.ts';
import { shredOrganization } from './shred-organization.ts';
import { stopOnSignal } from './stop-on-signal.ts';
import { migrationsDirectory, upgrade } from './upgrade.ts';
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
    usage: 'catalog lint [--strict] [directory]',
    meaning: 'Check templates and run their example cases; strict: a notice is a failure too.',
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
  secret: {
    usage: secretUsage,
    meaning: 'Use the secret that is set from now on; all keys issued before are void.',
    run: (words) => runSecret(words, process.env),
  },
  encryption: {
    usage: 'encryption status | encryption rotate --organization id|all | encryption rewrap',
    meaning:
      'Show which keys are in use, give organizations new data keys, or wrap all with the current master key.',
    run: runEncryption,
  },
  organizations: {
    usage: 'organizations shred --organization id --confirm id',
    meaning: 'Destroy an organization’s keys, so that nothing it stored can ever be read again.',
    run: runOrganizations,
  },
  audit: {
    usage: auditUsage,
    meaning: 'Check that nobody changed the audit trail, or write an organization’s entries as JSON lines.',
    run: (words) => runAudit(words, process.env),
  },
};

/** Runs one command; sets the exit code, never throws. */
export async function runCli(words: readonly string[]): Promise<void> {
  const [name = 'serve', ...rest] = words;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    const isAsked = ['help', '--help', '-h'].includes(name);
    print(isAsked ? usage() : `There is no command ${name}.\n${usage()}`);
    process.exitCode = isAsked ? 0 : 2;
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
  const clock = systemClock;
  const logger = createLogger({ level: config.logLevel });
  const database = await openDatabase(config, secrets, 'create');
  try {
    const storage = await openStorage(config, secrets, { database, clock, logger });
    const directory = storageDirectory(config);
    const applied = await upgrade({ ...storage, database, clock, storageDirectory: directory });
    await storage.vault.close();
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
  const database = await openDatabase(config, secrets, 'refuse');
  try {
    const pending = await listPendingMigrations(database, migrationsDirectory);
    if (pending.length > 0) print(`A start, or \`precert migrate\`, applies: ${pending.join(', ')}.`);
    else await asSystem(() => checkKept(database, config, secrets));
    print(`All is well: ${config.environment}, ${database.kind} database, data in ${config.dataDirectory}.`);
  } finally {
    await database.close();
  }
}

/** Files and keys are those the database was used with. */
async function checkKept(database: Database, config: Config, secrets: Secrets): Promise<void> {
  await checkStorage(database, storageDirectory(config));
  await checkSecret(database, await findServerSecret(secrets.secret, config.dataDirectory));
  if ((await countKeysByMasterKey(database)).length === 0) return;
  const ring = await openKeys(config, secrets, { clock: systemClock, whenNone: 'refuse' });
  await verifyMasterKeys(database, ring, createLogger({ level: config.logLevel }));
}

async function checkScanner({ clamd }: Config): Promise<void> {
  if (clamd === undefined) return;
  const version = await createClamdScanner(clamd, scanMs).check(maximumFileBytes);
  print(
    `Uploads are scanned by ${version}. Whether it has AlertExceedsMax on, only its configuration tells.`,
  );
}

async function runCatalog(words: readonly string[]): Promise<void> {
  const [verb, ...rest] = words;
  const [directory, ...others] = rest.filter((word) => word !== '--strict');
  if (verb !== 'lint' || others.length > 0 || directory?.startsWith('--') === true)
    throw new UsageError('The catalog knows one verb: lint.');
  const own = directory === undefined ? [] : [resolve(directory)];
  const { problems, notices } = await lintCatalog([shippedCatalogDirectory, ...own]);
  for (const problem of problems) print(formatProblem(problem));
  for (const notice of notices) print(`notice: ${formatProblem(notice)}`);
  const found = problems.length === 0 ? 'no problems' : `${problems.length} problem(s)`;
  print(`The catalog has ${found}${notices.length === 0 ? '' : ` and ${notices.length} notice(s)`}.`);
  if (problems.length > 0 || (notices.length > 0 && rest.includes('--strict'))) process.exitCode = 1;
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

async function createKey({ database, identity, audit }: App, options: Options): Promise<void> {
  const { organization, name = 'command line' } = options;
  const scope = scopes.find((known) => known === (options.scope ?? 'write'));
  if (scope === undefined) throw new UsageError(`--scope is one of ${scopes.join(', ')}.`);
  const expiresAt = readInstant(options, 'expires');
  if (organization !== undefined && (await findOrganization(database, organization)) === undefined) {
    throw new UsageError('There is no such organization.');
  }
  const organizationId = organization ?? (await createOrganization(database, identity, name));
  const request = { organizationId, name, scope, expiresAt };
  const happening = {
    organizationId,
    actor: operator(),
    operation: 'keys create',
    resourceType: 'credential',
  };
  const { credentialId, bearerToken } = await auditWork(
    audit,
    happening,
    () => issueCredential(database, identity, request),
    (issued) => [issued.credentialId],
  );
  print(JSON.stringify({ organizationId, credentialId, scope, bearerToken }, null, 2));
}

async function listKeys({ database }: App, { organization }: Options): Promise<void> {
  if (organization === undefined) throw new UsageError('Name --organization.');
  const everything = { before: undefined, limit: 10_000 };
  print(JSON.stringify(await listCredentials(database, organization, everything), null, 2));
}

async function revokeKey({ database, identity, audit }: App, { organization, key }: Options): Promise<void> {
  if (organization === undefined || key === undefined) throw new UsageError('Name --organization and --key.');
  const happening = {
    organizationId: organization,
    actor: operator(),
    operation: 'keys revoke',
    resourceType: 'credential',
    resourceIds: [key],
  };
  const revoked = await auditWork(audit, happening, () =>
    revokeCredential(database, organization, key, identity.clock.now()),
  );
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
    const happening = {
      organizationId: organization,
      actor: operator(),
      operation: 'submissions settle',
      resourceType: 'prior_authorization',
      resourceIds: [attempt],
    };
    const settlement = { organizationId: organization, attemptId: attempt, outcome } as const;
    await auditWork(app.audit, happening, () => settleSubmission(app.priorAuthorization, settlement));
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

async function runEncryption(words: readonly string[]): Promise<void> {
  const [verb, ...rest] = words;
  const { organization } = readOptions(rest, verb === 'rotate' ? ['organization'] : []);
  if (verb === 'status') return withBuiltApp(async (app) => (await describeEncryption(app)).forEach(print));
  if (verb === 'rewrap') {
    return withBuiltApp(async ({ encryption: { database, ring } }) => {
      const rewrapped = await asSystem(() => rewrapDataKeys(database, ring));
      print(`${rewrapped} data keys are now wrapped with ${ring.current.id}.`);
    });
  }
  if (verb !== 'rotate') throw new UsageError('Encryption knows status, rotate and rewrap.');
  if (organization === undefined) throw new UsageError('Name --organization: an id, or all.');
  return withBuiltApp((app) => rotate(app, organization));
}

async function rotate({ encryption }: App, organization: string): Promise<void> {
  const { database } = encryption;
  const ids =
    organization === 'all' ? await asSystem(() => listKeyedOrganizations(database)) : [organization];
  for (const id of ids) {
    const rotation = await asSystem(() => rotateDataKey(encryption, id));
    print(rotation === undefined ? `${id} has no keys.` : describeRotation(rotation));
    if (rotation === undefined || rotation.unreadable > 0) process.exitCode = 1;
  }
}

async function runOrganizations(words: readonly string[]): Promise<void> {
  const [verb, ...rest] = words;
  const { organization, confirm } = readOptions(rest, ['organization', 'confirm']);
  if (verb !== 'shred' || organization === undefined)
    throw new UsageError('Organizations are shredded: name --organization.');
  if (confirm !== organization)
    throw new UsageError('Repeat the id as --confirm: what is shredded can never be read again.');
  await withBuiltApp(async (app) => {
    const happening = { organizationId: organization, actor: operator(), operation: 'organizations shred' };
    const shredded = await auditWork(app.audit, happening, () => shredOrganization(app, organization));
    print(
      shredded
        ? 'The keys are destroyed. Servers that run notice within half a minute; destroy older backups too.'
        : 'There is no organization of this id with keys to destroy.',
    );
    if (!shredded) process.exitCode = 1;
  });
}

async function withBuiltApp(work: (app: App) => Promise<void>): Promise<void> {
  const { config, secrets } = readConfig(process.env);
  const app = await buildApp(config, secrets, { migrations: 'refuse' });
  try {
    await work(app);
  } finally {
    await app.close();
  }
}
