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
import type { LoadResult } from '../load/load-job.ts';
import { runLoad } from '../load/run-load.ts';
import { type DirectRun, openDirectRun } from '../postgres/direct-run.ts';
import { seedAndRecord } from '../postgres/record-statements.ts';
import { median } from '../statistics.ts';

/** Reads first: creates make the list longer. */
const operations: readonly Operation[] = ['get', 'list', 'patch', 'create'];
const aims: Readonly<Record<Operation, number>> = { get: 0.3, list: 0.3, patch: 0.25, create: 0.25 };
const titles: Readonly<Record<Operation, string>> = {
  get: 'GET one case',
  list: 'list, page of 25',
  patch: 'PATCH, 10 answers',
  create: 'create',
};
const seededCases = connections * casesPerConnection;

interface Round extends LoadResult {
  /** Transactions per second of pgbench with the same statements, right after the load. */
  readonly direct: number | undefined;
}

type Rounds = Readonly<Record<Operation, readonly Round[]>>;

/** Requests per second over HTTP, against what pgbench gets out of the same database with the same statements. */
export const throughputFigure: Figure = {
  name: 'throughput',
  async measure(options) {
    const postgres = await measureOn('postgres', options);
    const two = await measureOn('postgres', options, { PRECERT_PROCESSES: '2' });
    const embedded = await measureOn('embedded', options);
    const rates = operations.map((operation) => directRateOf(postgres, operation));
    return [
      ...operations.map((operation) =>
        rowOf(`PostgreSQL: ${titles[operation]}`, postgres[operation], aims[operation]),
      ),
      ...operations.map((operation) =>
        rowOf(`PostgreSQL, 2 processes: ${titles[operation]}`, two[operation], aims[operation]),
      ),
      ...operations.map((operation, index) =>
        rowOf(`embedded: ${titles[operation]}`, embedded[operation], undefined, rates[index]),
      ),
    ];
  },
};

async function measureOn(
  kind: Installation['kind'],
  options: FigureOptions,
  settings: Readonly<Record<string, string>> = {},
): Promise<Rounds> {
  const installation = await createInstallation(kind);
  try {
    const direct =
      kind === 'postgres' ? await prepareDirect(installation) : await prepareEmbedded(installation);
    const server = await startServerProcess({ ...installation.variables, ...settings });
    try {
      return await measureRounds(server, installation, direct, options);
    } finally {
      await server.stop();
      await direct?.close();
    }
  } finally {
    await installation.remove();
  }
}

async function prepareDirect(installation: Installation): Promise<DirectRun | undefined> {
  return openDirectRun(installation, await seedAndRecord(installation, seededCases));
}

async function prepareEmbedded(installation: Installation): Promise<undefined> {
  await withApp(installation, (app) => seedCases(app, installation, seededCases));
}

async function measureRounds(
  server: ServerProcess,
  installation: Installation,
  direct: DirectRun | undefined,
  { rounds, seconds }: FigureOptions,
): Promise<Rounds> {
  const measured: Record<Operation, Round[]> = { get: [], list: [], patch: [], create: [] };
  const load = (operation: Operation, duration: number) =>
    runLoad({
      url: server.baseUrl,
      seconds: duration,
      requestsByConnection: requestsByConnection(operation, installation),
    });
  // The compiler of JavaScript gets to know the code; nobody restarts a server for each request. After 3 s of GETs one
  // still costs half as much again as after 10.
  for (const operation of operations) await load(operation, 2 * seconds);
  for (let round = 0; round < rounds; round += 1) {
    for (const operation of operations) {
      const result = await load(operation, seconds);
      const rate = await direct?.run(operation, { seconds, requestsPerSecond: result.requestsPerSecond });
      measured[operation].push({ ...result, direct: rate });
    }
  }
  return measured;
}

function directRateOf(rounds: Rounds, operation: Operation): number | undefined {
  const rates = rounds[operation].flatMap(({ direct }) => direct ?? []);
  return rates.length === 0 ? undefined : median(rates);
}

/** @param reference pgbench's rate from elsewhere, for an engine pgbench cannot speak to: informs, is not judged */
function rowOf(figure: string, rounds: readonly Round[], aim: number | undefined, reference?: number): Row {
  const rate = median(rounds.map(({ requestsPerSecond }) => requestsPerSecond));
  const p99 = median(rounds.map(({ p99Ms }) => p99Ms));
  const ratios = rounds.flatMap(({ direct, requestsPerSecond }) => {
    const compared = direct ?? reference;
    return compared === undefined ? [] : [requestsPerSecond / compared];
  });
  const compared = median(rounds.map(({ direct }) => direct ?? reference ?? Number.NaN));
  const ofWhat = aim === undefined ? 'of pgbench on PostgreSQL' : 'of pgbench';
  const measured = `${rate.toFixed(0)}/s, p99 ${p99.toFixed(1)} ms`;
  if (ratios.length === 0)
    return row(figure, measured, { aimText: aim === undefined ? '' : 'no pgbench found' });
  const ratio = median(ratios);
  return row(figure, measured, {
    ratio: `${ratio.toFixed(2)} ${ofWhat} (${compared.toFixed(0)}/s)`,
    value: ratio,
    ...(aim === undefined ? {} : { aim: { atLeast: aim }, aimText: `>= ${aim.toFixed(2)} of pgbench` }),
  });
}
