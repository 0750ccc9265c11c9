import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { appendEntries } from '../../src/audit/append-entries.ts';
import { makeEntry } from '../../src/audit/audit-entry.ts';
import { verifyTrail } from '../../src/audit/verify-trail.ts';
import { createKeyedHash } from '../../src/platform/crypto/keyed-hash.ts';
import { asSystem } from '../../src/platform/database/database-scope.ts';
import { type Figure, type FigureOptions, type Row, row } from '../figure.ts';
import { createInstallation, type Installation, withApp } from '../installation/installation.ts';
import {
  casesPerConnection,
  connections,
  type Operation,
  requestsByConnection,
} from '../installation/requests.ts';
import { seedCases } from '../installation/seed-cases.ts';
import { type ServerProcess, startServerProcess } from '../installation/server-process.ts';
import { runLoad } from '../load/run-load.ts';
import { median } from '../statistics.ts';

const unauditedProgram = join(import.meta.dirname, '..', 'installation', 'unaudited-server.ts');

const operations = ['get', 'create'] as const satisfies readonly Operation[];
type Measured = (typeof operations)[number];
const titles: Readonly<Record<Measured, string>> = { get: 'GET one case', create: 'create' };

/** Of the verification; as many as a page of the table times twenty. */
const verifiedEntries = 100_000;
const appendedAtOnce = 300;
/** Reliability, promise 23: a million entries in a minute. */
const verifiedPerSecond = 1_000_000 / 60;

/** What the audit trail takes from the throughput, moving its journal included, and how fast it is verified. */
export const auditFigure: Figure = {
  name: 'audit',
  async measure(options) {
    return [
      ...(await measureCost('postgres', options)),
      ...(await measureCost('embedded', options)),
      ...(await measureVerification()),
    ];
  },
};

interface Pair {
  readonly audited: Load;
  readonly unaudited: Load;
}

interface Load {
  readonly requestsPerSecond: number;
  /** Processor time of the server process; unlike the rate it does not depend on what else the machine does. */
  readonly microsecondsPerRequest: number | undefined;
}

async function measureCost(kind: Installation['kind'], options: FigureOptions): Promise<readonly Row[]> {
  const pairs = await withInstallations(kind, async (audited, unaudited) => {
    const measured: Record<Measured, Pair[]> = { get: [], create: [] };
    for (const operation of operations) {
      // The compiler of JavaScript gets to know the code.
      for (const server of [audited, unaudited]) await load(server, operation, Math.min(3, options.seconds));
      for (let round = 0; round < options.rounds; round += 1)
        measured[operation].push(await measurePair(audited, unaudited, operation, options.seconds, round));
    }
    return measured;
  });
  return operations.flatMap((operation) => rowsOf(kind, operation, pairs[operation]));
}

interface Running {
  readonly installation: Installation;
  readonly server: ServerProcess;
}

/** Each has a database of its own: rows that one has made would be a burden to the other. */
async function withInstallations<Result>(
  kind: Installation['kind'],
  work: (audited: Running, unaudited: Running) => Promise<Result>,
): Promise<Result> {
  const audited = await start(kind);
  try {
    const unaudited = await start(kind, unauditedProgram);
    try {
      return await work(audited, unaudited);
    } finally {
      await stop(unaudited);
    }
  } finally {
    await stop(audited);
  }
}

async function start(kind: Installation['kind'], program?: string): Promise<Running> {
  const installation = await createInstallation(kind);
  await withApp(installation, (app) => seedCases(app, installation, connections * casesPerConnection));
  return {
    installation,
    server: await startServerProcess(installation.variables, program === undefined ? {} : { program }),
  };
}

async function stop({ installation, server }: Running): Promise<void> {
  await server.stop();
  await installation.remove();
}

/** In turns, so that neither always has the warmer machine. */
async function measurePair(
  audited: Running,
  unaudited: Running,
  operation: Measured,
  seconds: number,
  round: number,
): Promise<Pair> {
  const [first, second] = round % 2 === 0 ? [audited, unaudited] : [unaudited, audited];
  const [one, other] = [await load(first, operation, seconds), await load(second, operation, seconds)];
  return first === audited ? { audited: one, unaudited: other } : { audited: other, unaudited: one };
}

async function load({ installation, server }: Running, operation: Measured, seconds: number): Promise<Load> {
  const before = await server.cpuSeconds();
  const { requestsPerSecond, count } = await runLoad({
    url: server.baseUrl,
    seconds,
    requestsByConnection: requestsByConnection(operation, installation),
  });
  // The journal of the last requests is moved within half a second.
  await delay(1_000);
  const after = await server.cpuSeconds();
  const used = before === undefined || after === undefined ? undefined : ((after - before) * 1e6) / count;
  return { requestsPerSecond, microsecondsPerRequest: used };
}

function rowsOf(kind: Installation['kind'], operation: Measured, pairs: readonly Pair[]): readonly Row[] {
  const engine = kind === 'postgres' ? 'PostgreSQL' : 'embedded';
  const rate = median(pairs.map(({ audited }) => audited.requestsPerSecond));
  const ratio = median(
    pairs.map(({ audited, unaudited }) => audited.requestsPerSecond / unaudited.requestsPerSecond),
  );
  const used = ({ microsecondsPerRequest = Number.NaN }: Load) => microsecondsPerRequest;
  const microseconds = median(pairs.map(({ audited }) => used(audited)));
  const usedRatio = median(pairs.map(({ audited, unaudited }) => used(audited) / used(unaudited)));
  return [
    row(`${engine}: ${titles[operation]}, audited`, `${rate.toFixed(0)}/s`, {
      ratio: `${ratio.toFixed(2)} of the same without`,
      value: ratio,
      aim: { atLeast: 0.85 },
      aimText: '>= 0.85 of the same without',
    }),
    row(`${engine}: ${titles[operation]}, server's processor time`, `${microseconds.toFixed(0)} µs each`, {
      ratio: `${usedRatio.toFixed(2)} of the same without`,
    }),
  ];
}

async function measureVerification(): Promise<readonly Row[]> {
  const installation = await createInstallation('postgres');
  try {
    return await withApp(installation, ({ database }) =>
      asSystem(async () => {
        const keyed = createKeyedHash(
          Buffer.from('a secret of the benchmarks, 32 characters or more'),
          'audit',
        );
        const appended = await perSecond(async () => {
          for (let first = 0; first < verifiedEntries; first += appendedAtOnce)
            await appendEntries(database, keyed, entriesFrom(first));
        });
        const verified = await perSecond(async () => {
          for await (const { problems } of verifyTrail(database, keyed, new Map(), 'org_verified'))
            if (problems.length > 0) throw new Error('The trail is not sound.');
        });
        return [
          row('PostgreSQL: audit entries moved', `${appended.toFixed(0)}/s`),
          row('PostgreSQL: audit entries verified', `${verified.toFixed(0)}/s`, {
            ratio: `a million in ${(1_000_000 / verified).toFixed(0)} s`,
            value: verified,
            aim: { atLeast: verifiedPerSecond },
            aimText: 'a million in 60 s',
          }),
        ];
      }),
    );
  } finally {
    await installation.remove();
  }
}

async function perSecond(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (verifiedEntries * 1_000) / (performance.now() - startedAt);
}

function entriesFrom(first: number) {
  const count = Math.min(appendedAtOnce, verifiedEntries - first);
  return Array.from({ length: count }, (_, index) =>
    makeEntry(
      `aud_${String(first + index).padStart(26, '0')}`,
      new Date(1_773_000_000_000 + first + index),
      {
        organizationId: 'org_verified',
        actor: { kind: 'key', id: 'key_01kkm280m00000000000000000' },
        operation: 'getAuthorization',
        resourceType: 'prior_authorization',
        resourceIds: ['auth_01kkm280m00000000000000000'],
        requestId: 'req_0123456789abcdef0123456789abcdef',
      },
      { outcome: 'allowed', status: 200 },
    ),
  );
}
