/**
 * Every environment variable the server reads, in one table: the reader, `docs/reference/configuration.md`
 * and `precert doctor` are all made from it. Nothing else in the project reads the environment.
 */
export interface Setting {
  readonly name: string;
  readonly defaultText: string;
  readonly meaning: string;
  /** May be given as `<NAME>_FILE`, a path whose content is the value. */
  readonly secret?: boolean;
}

export const settings = [
  { name: 'HOST', defaultText: '127.0.0.1', meaning: 'Address the server listens on.' },
  { name: 'PORT', defaultText: '8080', meaning: 'Port the server listens on; 0 picks a free one.' },
  {
    name: 'PRECERT_ENVIRONMENT',
    defaultText: 'sandbox',
    meaning:
      '`sandbox` or `production`. Credentials of the one are refused by the other; only `sandbox` serves `/v1/sandbox/*`.',
  },
  {
    name: 'PRECERT_BASE_URL',
    defaultText: 'http://HOST:PORT',
    meaning: 'The address clients reach the server at; stands in upload and download URLs.',
  },
  {
    name: 'PRECERT_DATA_DIR',
    defaultText: '.precert',
    meaning:
      'Directory of the embedded database, stored files, the sandbox credentials and the generated secret. All processes on one database share it; one on another directory refuses to start.',
  },
  {
    name: 'DATABASE_URL',
    defaultText: '(embedded database)',
    meaning:
      'A PostgreSQL 15+ URL. Required in production: the embedded database does not survive power loss.',
    secret: true,
  },
  { name: 'PRECERT_DATABASE_POOL_SIZE', defaultText: '10', meaning: 'Connections to PostgreSQL, 1 to 100.' },
  {
    name: 'PRECERT_SECRET',
    defaultText: '(generated into the data directory)',
    meaning:
      'At least 32 characters. Keys of credential hashes, cursors and download links derive from it. Required in production and the same for all processes.',
    secret: true,
  },
  {
    name: 'PRECERT_MASTER_KEY',
    defaultText: '(generated into the data directory)',
    meaning:
      'The keys that wrap the organizations’ data keys, as `id:base64` lines of 32 bytes each: the first wraps, the others still unwrap. Required in production unless PRECERT_KMS_KEY_ID is set, and the same for all processes.',
    secret: true,
  },
  {
    name: 'PRECERT_KMS_KEY_ID',
    defaultText: '(none)',
    meaning:
      'Id, ARN or alias of a symmetric key in AWS KMS that wraps the data keys instead. Region and credentials come from where the AWS SDK looks for them; an ARN brings its region along.',
  },
  {
    name: 'PRECERT_KMS_ENDPOINT',
    defaultText: '(AWS)',
    meaning: 'Another address of the key service, for example of a VPC endpoint.',
  },
  {
    name: 'PRECERT_CATALOG_DIR',
    defaultText: '(none)',
    meaning: 'A directory of your own payers and templates, added to the shipped catalog.',
  },
  {
    name: 'PRECERT_LOG_LEVEL',
    defaultText: 'info',
    meaning: '`debug`, `info`, `warn`, `error` or `silent`.',
  },
  {
    name: 'PRECERT_PROCESSES',
    defaultText: '1',
    meaning:
      'Processes in which `serve` answers requests on its one port, 1 to 64, on PostgreSQL alone: one for each core that has nothing else to do. Each has its own memory, connections to the database and document workers; one that ends is replaced.',
  },
  {
    name: 'PRECERT_DOCUMENT_WORKERS',
    defaultText: '2',
    meaning: 'Processes that render and inspect documents, 1 to 32.',
  },
  {
    name: 'PRECERT_SUBMIT_WAIT_MS',
    defaultText: '10000',
    meaning:
      'How long a submit waits for the channel before it answers with `submitting`, 0 to 25000 milliseconds.',
  },
  {
    name: 'PRECERT_WORKOS_API_KEY',
    defaultText: '(none)',
    meaning:
      'Your WorkOS secret key. With it, organization API keys of WorkOS (`sk_…`) are accepted as bearer tokens.',
    secret: true,
  },
  {
    name: 'PRECERT_WORKOS_CLIENT_ID',
    defaultText: '(none)',
    meaning: 'Your WorkOS client id. With it, session tokens of that client are accepted as bearer tokens.',
  },
  {
    name: 'PRECERT_WORKOS_ISSUERS',
    defaultText: '(the three that WorkOS uses)',
    meaning:
      'Values of `iss` to accept in WorkOS sessions, with commas between: for a custom authentication domain.',
  },
  {
    name: 'PRECERT_WORKOS_API_URL',
    defaultText: 'https://api.workos.com',
    meaning: 'Where WorkOS is asked; for a proxy of your own.',
  },
  {
    name: 'PRECERT_OIDC_ISSUER',
    defaultText: '(none)',
    meaning:
      'Any OpenID Connect issuer, in place of WorkOS sessions: its URL exactly as it stands in `iss`. Tokens signed with RS256 or ES256 are accepted.',
  },
  {
    name: 'PRECERT_OIDC_AUDIENCE',
    defaultText: '(not looked at)',
    meaning:
      'The `aud` that tokens of the issuer must have. Set it when the issuer serves other applications too.',
  },
  {
    name: 'PRECERT_OIDC_ORGANIZATION_CLAIM',
    defaultText: 'org_id',
    meaning: 'The claim that names the organization.',
  },
  {
    name: 'PRECERT_REFUSE_IMPERSONATION',
    defaultText: 'false',
    meaning: '`true` refuses sessions in which somebody acts as another user (`act`).',
  },
  {
    name: 'PRECERT_ALLOW_PRIVATE_WEBHOOKS',
    defaultText: 'false',
    meaning:
      '`true` lets webhooks go to http URLs, to any port and to addresses of your own network: for tests, or receivers next door. Link-local addresses stay closed.',
  },
  {
    name: 'PRECERT_SERVE_JOBS',
    defaultText: 'true',
    meaning:
      '`false` has `serve` answer requests alone, so that jobs cannot slow them down: hand-overs, claims and webhooks then need a `precert worker` beside it.',
  },
  {
    name: 'PRECERT_SYNC_SECONDS',
    defaultText: '60',
    meaning:
      'How often each linked EMR is asked for changed appointments and patients, 5 to 86400 seconds. Every time costs it two calls or more.',
  },
  {
    name: 'PRECERT_EMR_KEYS_DIR',
    defaultText: '(none)',
    meaning:
      'Directory of the private keys with which linked accounts of kind `fhir` log in to their EMR; a folder for each organization, by its id, and accounts name a file in it.',
  },
  {
    name: 'PRECERT_EMR_ORIGINS',
    defaultText: '(none)',
    meaning:
      'EMRs to which organizations may link accounts themselves, over `/v1/linked-accounts`: origins such as `https://emr.example`, with commas between. Accounts at other addresses are linked by `precert accounts link`, since it is this server that calls them.',
  },
  {
    name: 'PRECERT_ALLOW_INSECURE_EMR',
    defaultText: 'false',
    meaning:
      '`true` lets EMRs be called over plain HTTP beyond this machine. Patient data then travels readable.',
  },
  {
    name: 'PRECERT_RATE_LIMIT_CREDENTIAL',
    defaultText: '6000',
    meaning:
      'Units a minute for each credential, 100 to 10000000, or 0 for no limit. A read costs 1, a write 2, heavy operations more.',
  },
  {
    name: 'PRECERT_RATE_LIMIT_ORGANIZATION',
    defaultText: '30000',
    meaning:
      'Units a minute for all credentials of an organization together, 100 to 10000000, or 0 for no limit.',
  },
  {
    name: 'PRECERT_FAILED_LOGINS',
    defaultText: '60',
    meaning:
      'Refused tokens a minute, from one address or with one key’s beginning, before further ones are 429; 1 to 100000, or 0 for no limit.',
  },
  {
    name: 'PRECERT_TRUSTED_PROXIES',
    defaultText: '0',
    meaning:
      'Proxies in front of the server, 0 to 10, each of which adds the address it was called from to `X-Forwarded-For`. 0: the address of the connection counts.',
  },
  {
    name: 'PRECERT_CONCURRENT_REQUESTS',
    defaultText: '128',
    meaning:
      'Requests this process works on at once, 8 to 10000; one more is answered 503 at once. Those that wait for others (uploads, downloads, previews, submits) are counted by themselves, as many again.',
  },
  {
    name: 'PRECERT_UPLOAD_QUOTA_MB',
    defaultText: '51200',
    meaning: 'Stored uploads of an organization in MiB, 25 to 100000000, or 0 for no limit.',
  },
  {
    name: 'PRECERT_UPLOAD_QUOTA_FILES',
    defaultText: '100000',
    meaning: 'Upload sessions and stored uploads of an organization, 1 to 100000000, or 0 for no limit.',
  },
  {
    name: 'PRECERT_CLAMD_URL',
    defaultText: '(uploads are not scanned)',
    meaning:
      'The ClamAV daemon that scans uploads, as `tcp://host:port`. It needs `AlertExceedsMax yes` and a `StreamMaxLength` above 25M.',
  },
  {
    name: 'PRECERT_AUDIT_ANCHOR',
    defaultText: '(audit/heads.jsonl in the data directory)',
    meaning:
      'File that gets the signed heads of the audit chains every minute. Keep it, or a copy, where whoever can change the database cannot change it.',
  },
] as const satisfies readonly Setting[];

export type SettingName = (typeof settings)[number]['name'];
