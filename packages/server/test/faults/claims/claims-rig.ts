/** Server, workers, EMR and receiver as processes of their own, over a real PostgreSQL, and what they all wrote down. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { seededAppointments } from '../../../src/emr/simulator/seed/visits.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { asSystem } from '../../../src/platform/database/database-scope.ts';
import { openPostgresDatabase } from '../../../src/platform/database/postgres-database.ts';
import { openKeyRing } from '../../../src/platform/encryption/key-ring.ts';
import { createVault } from '../../../src/platform/encryption/vault.ts';
import { createLogger } from '../../../src/platform/observability/logger.ts';
import { openEvent } from '../../../src/webhooks/sealed-rows.ts';
import {
  createServerSite,
  readCredentials,
  type ServerProcess,
  type ServerSite,
  startServerProcess,
} from '../../support/api/server-process.ts';
import { sendWith } from '../../support/claims/claims-client.ts';
import { findFreePort } from '../../support/free-port.ts';
import type { Ledgers, ReceiverEntry, StoredClaim, StoredEvent } from './ledgers.ts';
import type { Mood } from './receiver-process.ts';

export interface RigAccount {
  readonly headers: Readonly<Record<string, string>>;
  /** Our ids of visits that the EMR makes claims of. */
  readonly appointments: readonly string[];
}

export interface ClaimsRig {
  readonly site: ServerSite;
  readonly server: ServerProcess;
  readonly accounts: readonly RigAccount[];
  /** Looks into the database as its owner. */
  readonly database: pg.Client;
  startWorker(): Promise<ServerProcess>;
  setMood(mood: Mood): Promise<void>;
  ledgers(): Promise<Omit<Ledgers, 'client'>>;
  stop(): Promise<void>;
}

export interface RigOptions {
  readonly accounts: number;
  /** Of `precert emr-simulator`. */
  readonly emr?: readonly string[];
  readonly faults?: readonly object[];
}

const mirrored = seededAppointments.length;
const readyEmrIds = new Set(
  seededAppointments
    .filter(({ expectation }) => expectation === 'ready')
    .map(({ emrAppointmentId }) => emrAppointmentId),
);

export async function startClaimsRig(options: RigOptions): Promise<ClaimsRig> {
  const site = await createServerSite({
    PRECERT_ALLOW_PRIVATE_WEBHOOKS: 'true',
    PRECERT_SERVE_JOBS: 'false',
    PRECERT_SYNC_SECONDS: '86400',
    PRECERT_LOG_LEVEL: 'error',
    PRECERT_RATE_LIMIT_CREDENTIAL: '0',
    PRECERT_RATE_LIMIT_ORGANIZATION: '0',
  });
  const emr = await startEmr(site, options);
  const receiver = await startReceiver(join(site.dataDirectory, 'receiver.jsonl'));
  const server = await startServerProcess(site);
  const database = new pg.Client(site.settings.DATABASE_URL);
  await database.connect();
  const workers: ServerProcess[] = [];
  const startWorker = async () => {
    const worker = await startServerProcess(site, ['worker']);
    workers.push(worker);
    return worker;
  };
  const first = await startWorker();
  const accounts = await linkAccounts(site, server, options.accounts, receiver.url);
  await receiver.call('_secret', accounts.secret);
  first.signal('SIGTERM');
  await first.ended();
  return {
    site,
    server,
    accounts: accounts.list,
    database,
    startWorker,
    setMood: (mood) => receiver.call('_mood', mood),
    ledgers: async () => ({
      emr: await emrLedger(site),
      receiver: await receiver.ledger(),
      ...(await stored(site, database)),
    }),
    async stop() {
      await database.end();
      for (const one of [...workers, server, emr]) if (one.process.exitCode === null) one.signal('SIGKILL');
      receiver.process.kill('SIGKILL');
      await site.remove();
    },
  };
}

async function startEmr(site: ServerSite, { emr = [], faults }: RigOptions): Promise<ServerProcess> {
  const words = ['emr-simulator', '--one-claim-per-visit', 'off', ...emr];
  if (faults !== undefined) {
    const path = join(site.dataDirectory, 'faults.json');
    await writeFile(path, JSON.stringify(faults));
    words.push('--faults', path);
  }
  return startServerProcess(site, words);
}

async function startReceiver(ledgerPath: string) {
  const port = await findFreePort();
  const child: ChildProcess = spawn(
    process.execPath,
    [join(import.meta.dirname, 'receiver-process.ts'), ledgerPath, String(port)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  if (child.stdout === null) throw new Error('The receiver has no output.');
  await once(createInterface(child.stdout), 'line');
  const url = `http://127.0.0.1:${port}`;
  return {
    process: child,
    url,
    call: async (path: string, body: string) => {
      await fetch(`${url}/${path}`, { method: 'POST', body });
    },
    ledger: () => readLines<ReceiverEntry>(ledgerPath),
  };
}

/** Links accounts to the one simulated practice, registers the receiver, and waits for the first syncs. */
async function linkAccounts(site: ServerSite, server: ServerProcess, count: number, receiverUrl: string) {
  const { claims, priorAuth } = await readCredentials(site);
  const client = { client_id: claims.client_id, client_secret: claims.client_secret };
  const json = { 'content-type': 'application/json' };
  const registered = await sendWith({ ...client, ...json }, `${server.baseUrl}/v1/webhook`, {
    method: 'POST',
    body: JSON.stringify({ webhook_url: `${receiverUrl}/events` }),
  });
  const list: RigAccount[] = [];
  for (let number = 0; number < count; number += 1) {
    const linked = await sendWith(
      { ...json, authorization: `Bearer ${priorAuth.bearerToken}` },
      `${server.baseUrl}/v1/linked-accounts`,
      { method: 'POST', body: JSON.stringify({ connector: 'simulator', settings: {} }) },
    );
    const headers = { ...client, access_token: String(linked.body.accessToken) };
    list.push({ headers, appointments: await readyAppointments(server.baseUrl, headers) });
  }
  return { list, secret: String(registered.body.webhook_secret_key) };
}

async function readyAppointments(
  baseUrl: string,
  headers: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const url = `${baseUrl}/v1/appointments?start_date=2026-01-01&end_date=2026-12-31`;
  for (let tries = 0; tries < 300; tries += 1) {
    const { body } = await sendWith(headers, url, { method: 'GET' });
    // Not the total: it is counted after the list was read.
    if (body.appointments?.length >= mirrored)
      return body.appointments
        .filter((one: { ehr_appointment_id: string }) => readyEmrIds.has(one.ehr_appointment_id))
        .map(({ id }: { id: string }) => id);
    await delay(100);
  }
  throw new Error('The first sync did not come to its end.');
}

async function emrLedger(site: ServerSite): Promise<Ledgers['emr']> {
  const path = join(site.dataDirectory, 'emr-simulator', 'ledger.jsonl');
  const entries = await readLines<{ kind: string; marker?: string; emrClaimId: string }>(path);
  return entries.filter(({ kind }) => kind === 'claim');
}

async function stored(site: ServerSite, database: pg.Client): Promise<Pick<Ledgers, 'claims' | 'events'>> {
  const claims = await database.query<StoredClaim>(
    `select id, appointment_id as "appointmentId", job_id::integer as "jobId", state, emr_claim_id as "emrClaimId"
       from claim`,
  );
  const events = await database.query<SealedEvent>(
    `select organization_id as "organizationId", id, type, job_id::integer as "jobId", sealed
       from webhook_event where account_id is not null`,
  );
  return { claims: claims.rows, events: await openEvents(site, events.rows) };
}

type SealedEvent = Omit<StoredEvent, 'body'> & {
  readonly organizationId: string;
  readonly sealed: Uint8Array;
};

/** With the master key that the sandbox keeps in its directory. */
async function openEvents(
  { settings, dataDirectory }: ServerSite,
  events: readonly SealedEvent[],
): Promise<readonly StoredEvent[]> {
  const noKey = { kms: undefined, masterKeys: undefined, whenNone: 'refuse' } as const;
  const ring = await openKeyRing({ ...noKey, dataDirectory }, systemClock);
  const database = await openPostgresDatabase({ url: settings.DATABASE_URL ?? '', poolSize: 1 });
  try {
    const vault = createVault({
      database,
      ring,
      clock: systemClock,
      logger: createLogger({ level: 'error' }),
    });
    const opened: StoredEvent[] = [];
    for (const { organizationId, sealed, ...event } of events) {
      const keys = await asSystem(() => vault.keysOf(organizationId));
      opened.push({ ...event, body: openEvent(keys, event.id, sealed) });
    }
    return opened;
  } finally {
    await database.close();
  }
}

async function readLines<Entry>(path: string): Promise<readonly Entry[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  // Its own process writes the file, a line an entry.
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Entry);
}
