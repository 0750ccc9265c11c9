import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type IdentityConfig, readIdentityConfig } from './identity-config.ts';
import { type LimitsConfig, readLimitsConfig } from './limits-config.ts';
import { type Setting, type SettingName, settings } from './settings.ts';

export type { IdentityConfig, SessionConfig } from './identity-config.ts';
export type { LimitsConfig } from './limits-config.ts';

export type Environment = 'sandbox' | 'production';
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface Config {
  readonly environment: Environment;
  readonly host: string;
  readonly port: number;
  /** Undefined: derived from the address the server came to listen on. */
  readonly baseUrl: string | undefined;
  readonly dataDirectory: string;
  readonly databasePoolSize: number;
  readonly catalogDirectories: readonly string[];
  readonly logLevel: LogLevel;
  readonly documentWorkers: number;
  /** Processes that `serve` runs on its one port. */
  readonly processes: number;
  readonly submitWaitMs: number;
  readonly identity: IdentityConfig;
  /** Webhooks may go to http URLs, any port and addresses of the own network. */
  readonly allowPrivateWebhooks: boolean;
  /** `serve` also handles jobs. */
  readonly serveJobs: boolean;
  /** How often a linked account is asked for changed appointments and patients. */
  readonly syncSeconds: number;
  /** Undefined: no account of kind `fhir` can log in. */
  readonly emrKeysDirectory: string | undefined;
  readonly allowInsecureEmr: boolean;
  /** Origins of EMRs to which organizations may link accounts over the API. */
  readonly emrOrigins: readonly string[];
  /** The master key in AWS KMS; undefined when there is none. */
  readonly kms: { readonly keyId: string; readonly endpoint: string | undefined } | undefined;
  /** The ClamAV daemon; undefined: uploads are not scanned. */
  readonly clamd: TcpAddress | undefined;
  readonly limits: LimitsConfig;
  /** Where the heads of the audit chains are written; undefined: in the data directory. */
  readonly auditAnchor: string | undefined;
}

/** Kept apart from `Config` so that a config may be printed. */
export interface Secrets {
  readonly databaseUrl: string | undefined;
  /** Undefined: generated into the data directory (sandbox only). */
  readonly secret: string | undefined;
  /** Undefined: keys of WorkOS's are nobody's. */
  readonly workosApiKey: string | undefined;
  /** `id:base64` lines, the current one first. Undefined: generated into the data directory (sandbox only). */
  readonly masterKeys?: string | undefined;
}

/** All mistakes at once, each naming the variable and the mend. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[]) {
    super(
      `The configuration has ${mistakes.length} mistake(s):\n${mistakes.map((line) => `  - ${line}`).join('\n')}`,
    );
    this.mistakes = mistakes;
  }
}

export interface TcpAddress {
  readonly host: string;
  readonly port: number;
}

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Reads and checks the environment.
 * @throws ConfigError naming every mistake.
 */
export function readConfig(variables: Variables): { readonly config: Config; readonly secrets: Secrets } {
  const reader = new SettingReader(variables);
  const environment = reader.oneOf('PRECERT_ENVIRONMENT', ['sandbox', 'production'] as const);
  const catalogDirectory = reader.path('PRECERT_CATALOG_DIR');
  const config: Config = {
    environment,
    host: reader.text('HOST') ?? '127.0.0.1',
    port: reader.integer('PORT', 0, 65_535),
    baseUrl: reader.url('PRECERT_BASE_URL'),
    dataDirectory: resolve(reader.text('PRECERT_DATA_DIR') ?? '.precert'),
    databasePoolSize: reader.integer('PRECERT_DATABASE_POOL_SIZE', 1, 100),
    catalogDirectories: catalogDirectory === undefined ? [] : [catalogDirectory],
    logLevel: reader.oneOf('PRECERT_LOG_LEVEL', ['info', 'debug', 'warn', 'error', 'silent'] as const),
    documentWorkers: reader.integer('PRECERT_DOCUMENT_WORKERS', 1, 32),
    processes: reader.integer('PRECERT_PROCESSES', 1, 64),
    submitWaitMs: reader.integer('PRECERT_SUBMIT_WAIT_MS', 0, 25_000),
    allowPrivateWebhooks:
      reader.oneOf('PRECERT_ALLOW_PRIVATE_WEBHOOKS', ['false', 'true'] as const) === 'true',
    serveJobs: reader.oneOf('PRECERT_SERVE_JOBS', ['true', 'false'] as const) === 'true',
    syncSeconds: reader.integer('PRECERT_SYNC_SECONDS', 5, 86_400),
    emrKeysDirectory: reader.path('PRECERT_EMR_KEYS_DIR'),
    allowInsecureEmr: reader.oneOf('PRECERT_ALLOW_INSECURE_EMR', ['false', 'true'] as const) === 'true',
    emrOrigins: reader.origins('PRECERT_EMR_ORIGINS'),
    identity: readIdentityConfig(reader),
    kms: reader.kms(),
    clamd: reader.tcpAddress('PRECERT_CLAMD_URL'),
    limits: readLimitsConfig(reader),
    auditAnchor: reader.path('PRECERT_AUDIT_ANCHOR'),
  };
  const secrets: Secrets = {
    databaseUrl: reader.databaseUrl(),
    secret: reader.secret('PRECERT_SECRET'),
    masterKeys: reader.masterKeys(),
    workosApiKey: reader.token('PRECERT_WORKOS_API_KEY'),
  };
  if (config.processes > 1 && secrets.databaseUrl === undefined) {
    reader.mistakes.push(
      'PRECERT_PROCESSES needs PostgreSQL (DATABASE_URL): the embedded database has room for one process.',
    );
  }
  if (environment === 'production') requireProductionSettings(config, secrets, reader);
  if (reader.mistakes.length > 0) throw new ConfigError(reader.mistakes);
  return { config, secrets };
}

function requireProductionSettings({ kms }: Config, secrets: Secrets, reader: SettingReader): void {
  if (secrets.databaseUrl === undefined) {
    reader.mistakes.push(
      'DATABASE_URL is missing: production needs PostgreSQL, the embedded database can lose committed rows on power loss.',
    );
  }
  if (secrets.secret === undefined) {
    reader.mistakes.push(
      'PRECERT_SECRET is missing: production needs a secret of your own, the same for all processes.',
    );
  }
  if (secrets.masterKeys === undefined && kms === undefined) {
    reader.mistakes.push(
      'PRECERT_MASTER_KEY is missing: production needs a master key of your own, or one in AWS KMS (PRECERT_KMS_KEY_ID).',
    );
  }
}

/** Reads settings one by one and collects what is wrong with them. */
export class SettingReader {
  readonly mistakes: string[] = [];
  private readonly variables: Variables;

  constructor(variables: Variables) {
    this.variables = variables;
    for (const name of Object.keys(variables)) {
      if (name.startsWith('PRECERT_') && !isKnown(name))
        this.mistakes.push(`${name} is not a setting; see docs/reference/configuration.md.`);
    }
  }

  text(name: SettingName): string | undefined {
    const value = this.variables[name]?.trim();
    return value === undefined || value === '' ? undefined : value;
  }

  textOrDefault(name: SettingName): string {
    return this.text(name) ?? defaultOf(name);
  }

  /** Values with commas between. */
  list(name: SettingName): readonly string[] {
    const values = (this.text(name) ?? '').split(',').map((value) => value.trim());
    return values.filter((value) => value !== '');
  }

  /** Origins with commas between, each as a URL parser writes it. */
  origins(name: SettingName): readonly string[] {
    const values = this.list(name);
    const wrong = values.filter((value) => !URL.canParse(value) || new URL(value).origin !== value);
    if (wrong.length > 0)
      this.mistakes.push(`${name} is not a list of origins such as https://emr.example, without a path.`);
    return values;
  }

  path(name: SettingName): string | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : resolve(value);
  }

  integer(name: SettingName, minimum: number, maximum: number): number {
    const value = this.textOrDefault(name);
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= minimum && number <= maximum) return number;
    this.mistakes.push(`${name} is not a whole number from ${minimum} to ${maximum}.`);
    return minimum;
  }

  oneOf<Choice extends string>(name: SettingName, choices: readonly [Choice, ...Choice[]]): Choice {
    const value = this.textOrDefault(name);
    const choice = choices.find((candidate) => candidate === value);
    if (choice !== undefined) return choice;
    this.mistakes.push(`${name} is none of ${choices.join(', ')}.`);
    return choices[0];
  }

  url(name: SettingName): string | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const url = URL.canParse(value) ? new URL(value) : undefined;
    if (
      url === undefined ||
      !['http:', 'https:'].includes(url.protocol) ||
      url.search !== '' ||
      url.hash !== ''
    ) {
      this.mistakes.push(`${name} is not an http or https URL without query.`);
    }
    return value.replace(/(?<!\/)\/+$/, '');
  }

  /** `tcp://host:port`. */
  tcpAddress(name: SettingName): TcpAddress | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const [, bracketed, plain, port] =
      /^tcp:\/\/(?:\[([0-9A-Fa-f:.]+)\]|([^\s:/?#@[\]]+)):(\d{1,5})\/?$/.exec(value) ?? [];
    const host = bracketed ?? plain;
    if (host !== undefined && Number(port) >= 1 && Number(port) <= 65_535)
      return { host, port: Number(port) };
    this.mistakes.push(`${name} is not an address like tcp://127.0.0.1:3310.`);
    return undefined;
  }

  /** Unchanged, for it is compared letter by letter. Plain http only to this machine: keys and tokens travel there. */
  providerUrl(name: SettingName): string | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const url = URL.canParse(value) ? new URL(value) : undefined;
    const isTrusted =
      url?.protocol === 'https:' || (url?.protocol === 'http:' && isThisMachine(url.hostname));
    if (url === undefined || !isTrusted || `${url.search}${url.hash}${url.username}${url.password}` !== '') {
      this.mistakes.push(`${name} is not an https URL without query and user (http only to this machine).`);
    }
    return value;
  }

  databaseUrl(): string | undefined {
    const value = this.fromFile('DATABASE_URL');
    if (value !== undefined && !/^postgres(ql)?:\/\//.test(value)) {
      this.mistakes.push('DATABASE_URL does not begin with postgres:// or postgresql://.');
    }
    return value;
  }

  secret(name: SettingName): string | undefined {
    const value = this.fromFile(name);
    if (value !== undefined && value.length < 32)
      this.mistakes.push(`${name} is shorter than 32 characters.`);
    return value;
  }

  /** A secret that somebody else made, of whatever length. */
  token(name: SettingName): string | undefined {
    const value = this.fromFile(name);
    if (value === '') this.mistakes.push(`${name}_FILE names an empty file.`);
    return value;
  }

  masterKeys(): string | undefined {
    const value = this.fromFile('PRECERT_MASTER_KEY');
    if (value === undefined) return undefined;
    const lines = value.split(/[\s,]+/).filter((line) => line !== '');
    const isWellFormed = lines.every((line) => /^[A-Za-z0-9._-]{1,64}:[A-Za-z0-9+/]{43}=$/.test(line));
    const names = new Set(lines.map((line) => line.split(':')[0]));
    if (!isWellFormed || names.size !== lines.length)
      this.mistakes.push(
        'PRECERT_MASTER_KEY is not a list of `id:base64` lines, each id once and each key 32 bytes.',
      );
    return value;
  }

  kms(): Config['kms'] {
    const keyId = this.text('PRECERT_KMS_KEY_ID');
    const endpoint = this.url('PRECERT_KMS_ENDPOINT');
    if (keyId === undefined && endpoint !== undefined)
      this.mistakes.push('PRECERT_KMS_ENDPOINT is set without PRECERT_KMS_KEY_ID.');
    return keyId === undefined ? undefined : { keyId, endpoint };
  }

  private fromFile(name: SettingName): string | undefined {
    const path = this.variables[`${name}_FILE`];
    if (path === undefined || path === '') return this.text(name);
    if (this.text(name) !== undefined) this.mistakes.push(`${name} and ${name}_FILE are both set; keep one.`);
    try {
      return readFileSync(path, 'utf8').trim();
    } catch {
      this.mistakes.push(`${name}_FILE names a file that cannot be read.`);
      return undefined;
    }
  }
}

function isThisMachine(hostname: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}

function defaultOf(name: SettingName): string {
  return settings.find((setting) => setting.name === name)?.defaultText ?? '';
}

function isKnown(name: string): boolean {
  return settings.some(
    (setting: Setting) =>
      setting.name === name || (setting.secret === true && `${setting.name}_FILE` === name),
  );
}
