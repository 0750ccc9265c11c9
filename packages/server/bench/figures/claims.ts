import { type ClaimsDirectRun, openClaimsDirectRun } from '../claims/claims-direct-run.ts';
import { type ClaimsSite, createClaimsSite, seededAppointmentId } from '../claims/claims-site.ts';
import { recordClaims } from '../claims/record-claims.ts';
import { type Figure, type FigureOptions, type Row, row } from '../figure.ts';
import { createInstallation, type Installation } from '../installation/installation.ts';
import { type ServerProcess, startServerProcess } from '../installation/server-process.ts';
import type { LoadResult } from '../load/load-job.ts';
import { runLoad } from '../load/run-load.ts';
import { median } from '../statistics.ts';

const clients = 32;
/** More than a run takes, since a second claim of an appointment is refused. */
const appointmentsPerClient = 4_000;
const aim = 0.4;

interface Round extends LoadResult {
  readonly direct: number | undefined;
}

/** Claims requested per second over HTTP, against what pgbench gets out of the same database with the same statement. */
export const claimsFigure: Figure = {
  name: 'claims',
  async measure(options) {
    const postgres = await measureOn('postgres', options);
    const two = await measureOn('postgres', options, { PRECERT_PROCESSES: '2' });
    const embedded = await measureOn('embedded', options);
    return [
      rowOf('PostgreSQL: request a claim, 32 clients', postgres, aim),
      rowOf('PostgreSQL, 2 processes: the same', two, aim),
      rowOf('embedded: the same', embedded),
    ];
  },
};

async function measureOn(
  kind: Installation['kind'],
  options: FigureOptions,
  settings: Readonly<Record<string, string>> = {},
): Promise<readonly Round[]> {
  const made = await createInstallation(kind);
  const installation = { ...made, variables: { ...made.variables, ...settings } };
  try {
    const site = await createClaimsSite(installation, clients * appointmentsPerClient + 1);
    const { databaseUrl } = installation;
    const direct =
      databaseUrl === undefined
        ? undefined
        : await openClaimsDirectRun(
            databaseUrl,
            await recordClaims(installation, site),
            appointmentsPerClient,
          );
    try {
      return await measureRounds(installation, site, direct, options);
    } finally {
      await direct?.close();
    }
  } finally {
    await installation.remove();
  }
}

async function measureRounds(
  installation: Installation,
  site: ClaimsSite,
  direct: Awaited<ReturnType<typeof openClaimsDirectRun>> | undefined,
  options: FigureOptions,
): Promise<readonly Round[]> {
  // Requests alone: posting to the EMR is another figure, and a worker's.
  const server = await startServerProcess({ ...installation.variables, PRECERT_SERVE_JOBS: 'false' });
  try {
    const rounds: Round[] = [];
    // The recorded request left a claim.
    await direct?.forgetClaims();
    // Every round has appointments of its own.
    const slice = Math.floor(appointmentsPerClient / (options.rounds + 1));
    for (let round = -1; round < options.rounds; round += 1) {
      const result = await load(server, site, [(round + 1) * slice, slice], options);
      const rate = await directRate(direct, options, result);
      // The first one is for the compiler of JavaScript.
      if (round >= 0) rounds.push({ ...result, direct: rate });
    }
    return rounds;
  } finally {
    await server.stop();
  }
}

function load(
  server: ServerProcess,
  { headers }: ClaimsSite,
  [first, length]: readonly [first: number, length: number],
  { seconds }: FigureOptions,
) {
  return runLoad({
    url: server.baseUrl,
    seconds,
    requestsByConnection: Array.from({ length: clients }, (_, client) =>
      Array.from({ length }, (_unused, index) => ({
        method: 'POST',
        path: '/v1/claims',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({
          appointment_id: seededAppointmentId(client * appointmentsPerClient + first + index + 1),
        }),
      })),
    ),
  });
}

async function directRate(
  direct: (ClaimsDirectRun & { readonly hasPgbench: boolean }) | undefined,
  { seconds }: FigureOptions,
  { requestsPerSecond }: LoadResult,
): Promise<number | undefined> {
  return direct?.hasPgbench === true ? direct.run({ clients, seconds, requestsPerSecond }) : undefined;
}

function rowOf(figure: string, rounds: readonly Round[], atLeast?: number): Row {
  const rate = median(rounds.map(({ requestsPerSecond }) => requestsPerSecond));
  const p99 = median(rounds.map(({ p99Ms }) => p99Ms));
  const measured = `${rate.toFixed(0)}/s, p99 ${p99.toFixed(1)} ms`;
  const compared = rounds.flatMap(({ direct }) => direct ?? []);
  if (compared.length === 0)
    return row(figure, measured, { aimText: atLeast === undefined ? '' : 'no pgbench found' });
  const ratio = median(
    rounds.map(({ direct, requestsPerSecond }) => requestsPerSecond / (direct ?? Number.NaN)),
  );
  return row(figure, measured, {
    ratio: `${ratio.toFixed(2)} of pgbench (${median(compared).toFixed(0)}/s)`,
    value: ratio,
    ...(atLeast === undefined ? {} : { aim: { atLeast }, aimText: `>= ${atLeast.toFixed(2)} of pgbench` }),
  });
}
