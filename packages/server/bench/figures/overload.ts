import { setTimeout as delay } from 'node:timers/promises';
import { type Figure, type FigureOptions, type Row, row } from '../figure.ts';
import { createInstallation, type Installation, withApp } from '../installation/installation.ts';
import { casesPerConnection, connections, requestsByConnection } from '../installation/requests.ts';
import { seedCases } from '../installation/seed-cases.ts';
import { type ServerProcess, startServerProcess } from '../installation/server-process.ts';
import type { LoadResult } from '../load/load-job.ts';
import { runLoad } from '../load/run-load.ts';
import { median, percentile } from '../statistics.ts';

/** How much more is asked for than the server can do. */
const overload = 5;
/** Three times as many as the server has places, and fewer than the system lets wait to be connected. */
const crowd = 400;
const memoryMegabytes = 512;
const probeEveryMs = 50;

interface Round {
  readonly peak: LoadResult;
  readonly over: LoadResult;
  readonly afterwards: LoadResult;
  readonly probesMs: readonly number[];
  readonly residentMegabytes: number;
}

/** What a server makes of five times the load it can carry: what it can, and quick refusals. */
export const overloadFigure: Figure = {
  name: 'overload',
  async measure(options) {
    const installation = await createInstallation('postgres');
    try {
      await withApp(installation, (app) => seedCases(app, installation, connections * casesPerConnection));
      const server = await startServerProcess(installation.variables);
      try {
        return rowsOf(await measureRounds(server, installation, options));
      } finally {
        await server.stop();
      }
    } finally {
      await installation.remove();
    }
  },
};

async function measureRounds(
  server: ServerProcess,
  installation: Installation,
  { rounds, seconds }: FigureOptions,
): Promise<readonly Round[]> {
  const load = (senders: number, rate?: number) =>
    runLoad({
      url: server.baseUrl,
      seconds,
      mayBeRefused: true,
      ...(rate === undefined ? {} : { rate }),
      requestsByConnection: requestsByConnection('list', installation, senders),
    });
  await load(connections);
  const measured: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const peak = await load(connections);
    const loading = load(crowd, Math.round(peak.requestsPerSecond * overload));
    const watched = await watchUntil(server, loading);
    const over = await loading;
    measured.push({ peak, over, ...watched, afterwards: await load(connections) });
  }
  return measured;
}

/** What a balancer sees, and what the process holds, until `end` settles. */
async function watchUntil(
  server: ServerProcess,
  end: Promise<unknown>,
): Promise<Pick<Round, 'probesMs' | 'residentMegabytes'>> {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  end.then(over, over);
  const probesMs: number[] = [];
  let residentMegabytes = 0;
  while (!isOver) {
    const startedAt = performance.now();
    await (await fetch(`${server.baseUrl}/health`)).arrayBuffer();
    probesMs.push(performance.now() - startedAt);
    residentMegabytes = Math.max(residentMegabytes, (await server.residentMegabytes()) ?? 0);
    await delay(probeEveryMs);
  }
  return { probesMs, residentMegabytes };
}

function rowsOf(rounds: readonly Round[]): readonly Row[] {
  const rate = (kind: 'peak' | 'over' | 'afterwards') =>
    median(rounds.map((round) => round[kind].requestsPerSecond));
  const goodput = median(rounds.map(({ over, peak }) => over.requestsPerSecond / peak.requestsPerSecond));
  const recovered = median(
    rounds.map(({ afterwards, peak }) => afterwards.requestsPerSecond / peak.requestsPerSecond),
  );
  const refused = median(rounds.map(({ over }) => over.refused / (over.refused + over.count)));
  const probeP99 = percentile(
    rounds.flatMap(({ probesMs }) => probesMs),
    0.99,
  );
  const resident = Math.max(...rounds.map(({ residentMegabytes }) => residentMegabytes));
  return [
    row(
      `list at ${overload} times the peak`,
      `${rate('over').toFixed(0)}/s served, ${(refused * 100).toFixed(0)} % refused, p99 ${median(rounds.map(({ over }) => over.p99Ms)).toFixed(0)} ms`,
      {
        ratio: `${goodput.toFixed(2)} of the peak (${rate('peak').toFixed(0)}/s)`,
        value: goodput,
        aim: { atLeast: 0.8 },
        aimText: '>= 0.80 of the peak',
      },
    ),
    row('/health meanwhile', `p99 ${probeP99.toFixed(0)} ms`, {
      value: probeP99,
      aim: { atMost: 200 },
      aimText: 'p99 <= 200 ms',
    }),
    row('memory meanwhile', `${resident.toFixed(0)} MB`, {
      value: resident,
      aim: { atMost: memoryMegabytes },
      aimText: `<= ${memoryMegabytes} MB`,
    }),
    row('list afterwards', `${rate('afterwards').toFixed(0)}/s`, {
      ratio: `${recovered.toFixed(2)} of the peak`,
      value: recovered,
      aim: { atLeast: 0.9 },
      aimText: '>= 0.90 of the peak',
    }),
  ];
}
