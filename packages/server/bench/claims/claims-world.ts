import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { seededAppointments } from '../../src/emr/simulator/seed/visits.ts';
import type { SandboxCredentials } from '../../src/sandbox/sandbox-credentials.ts';
import { createInstallation } from '../installation/installation.ts';
import { startServerProcess } from '../installation/server-process.ts';

/** One visit of one account, ready for a claim. */
export interface ReadyVisit {
  readonly headers: Readonly<Record<string, string>>;
  readonly appointmentId: string;
}

/** A server with its workers on PostgreSQL, an EMR in a process of its own, and a receiver in this one. */
export interface ClaimsWorld {
  /** Accounts in turns. */
  readonly visits: readonly ReadyVisit[];
  /** FHIR base of the EMR. */
  readonly emrUrl: string;
  /** Answers of the server, with the moment they arrived. */
  post(visit: ReadyVisit): Promise<{ readonly status: number; readonly jobId: string; readonly at: number }>;
  /** When the event of a job arrived. */
  toldAt(jobId: string): Promise<number>;
  stop(): Promise<void>;
}

const program = join(import.meta.dirname, '..', '..', 'bin', 'precert.js');

export async function startClaimsWorld(accounts: number): Promise<ClaimsWorld> {
  const installation = await createInstallation('postgres');
  const variables: Readonly<Record<string, string>> = {
    ...installation.variables,
    PRECERT_ALLOW_PRIVATE_WEBHOOKS: 'true',
    PRECERT_SYNC_SECONDS: '86400',
  };
  const emr = await startEmr(variables);
  const receiver = await startReceiver();
  const server = await startServerProcess(variables);
  const visits = await linkAccounts(server.baseUrl, variables.PRECERT_DATA_DIR ?? '', accounts, receiver.url);
  return {
    visits,
    emrUrl: emr.url,
    async post({ headers, appointmentId }) {
      const response = await fetch(`${server.baseUrl}/v1/claims`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ appointment_id: appointmentId }),
      });
      const at = performance.now();
      // Our own answer: a job's id stands in every one that took the claim.
      const body = (await response.json()) as { job_id?: number };
      return { status: response.status, jobId: String(body.job_id), at };
    },
    toldAt: (jobId) => receiver.toldAt(jobId),
    async stop() {
      await server.stop();
      emr.process.kill('SIGTERM');
      receiver.close();
      await installation.remove();
    },
  };
}

async function startEmr(variables: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [program, 'emr-simulator', '--one-claim-per-visit', 'off'], {
    env: { PATH: process.env.PATH, ...variables },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface(child.stdout), 'line');
  const url = /(http:\S+)$/.exec(String(line))?.[1];
  if (url === undefined) throw new Error(`The simulated EMR does not say where it is: ${line}`);
  return { process: child, url };
}

async function startReceiver() {
  const arrivals = new Map<string, PromiseWithResolvers<number>>();
  const arrivalOf = (jobId: string) => {
    const known = arrivals.get(jobId) ?? Promise.withResolvers<number>();
    arrivals.set(jobId, known);
    return known;
  };
  const server = createServer(async (request, response) => {
    const at = performance.now();
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const jobId = /"job_id":"(\d+)"/.exec(Buffer.concat(chunks).toString('utf8'))?.[1];
    if (jobId !== undefined) arrivalOf(jobId).resolve(at);
    response.writeHead(200).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A listening TCP server always has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    toldAt: (jobId: string) => arrivalOf(jobId).promise,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

const readyEmrIds = new Set(
  seededAppointments
    .filter(({ expectation }) => expectation === 'ready')
    .map(({ emrAppointmentId }) => emrAppointmentId),
);

async function linkAccounts(
  baseUrl: string,
  dataDirectory: string,
  count: number,
  receiverUrl: string,
): Promise<readonly ReadyVisit[]> {
  const path = join(dataDirectory, 'sandbox-credentials.json');
  // The server wrote it before it listened.
  const { claims, priorAuth } = JSON.parse(await readFile(path, 'utf8')) as SandboxCredentials;
  const client = { client_id: claims.client_id, client_secret: claims.client_secret };
  const send = async (path: string, headers: Readonly<Record<string, string>>, body?: object) => {
    const response = await fetch(`${baseUrl}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    // biome-ignore lint/suspicious/noExplicitAny: answers of several routes, of each of which one field is read.
    return (await response.json()) as any;
  };
  await send('/v1/webhook', client, { webhook_url: receiverUrl });
  const bearer = { authorization: `Bearer ${priorAuth.bearerToken}` };
  const lists: ReadyVisit[][] = [];
  for (let number = 0; number < count; number += 1) {
    const linked = await send('/v1/linked-accounts', bearer, { connector: 'simulator', settings: {} });
    const headers = { ...client, access_token: String(linked.accessToken) };
    const all = '/v1/appointments?start_date=2026-01-01&end_date=2026-12-31';
    for (let tries = 0; (lists[number]?.length ?? 0) < readyEmrIds.size && tries < 300; tries += 1) {
      const { appointments } = await send(all, headers);
      lists[number] = appointments
        .filter((one: { ehr_appointment_id: string }) => readyEmrIds.has(one.ehr_appointment_id))
        .map(({ id }: { id: string }) => ({ headers, appointmentId: id }));
      await delay(50);
    }
  }
  return Array.from({ length: readyEmrIds.size }, (_, index) =>
    lists.flatMap((list) => list[index] ?? []),
  ).flat();
}
