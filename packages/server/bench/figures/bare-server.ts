import { startBareProcess } from '../bare/bare-process.ts';
import { type Figure, type FigureOptions, type Row, row } from '../figure.ts';
import { createInstallation, type Installation } from '../installation/installation.ts';
import { casesPerConnection, connections, requestsByConnection } from '../installation/requests.ts';
import { runLoad } from '../load/run-load.ts';
import { type DirectRun, openDirectRun } from '../postgres/direct-run.ts';
import { type Recording, seedAndRecord } from '../postgres/record-statements.ts';
import { median } from '../statistics.ts';

type Read = 'get' | 'list';

const titles: Readonly<Record<Read, string>> = {
  get: 'HTTP and driver alone: the statement of GET',
  list: 'HTTP and driver alone: the statement of the list',
};

/**
 * What is left of pgbench's rate when the server's way to the database passes rows on and nothing else is done: the
 * difference to the reads of `throughput` is what everything else costs. Informs, is not judged.
 */
export const bareServerFigure: Figure = {
  name: 'bare-server',
  async measure(options) {
    const installation = await createInstallation('postgres');
    let direct: DirectRun | undefined;
    try {
      const recording = await seedAndRecord(installation, connections * casesPerConnection);
      direct = await openDirectRun(installation, recording);
      const rows: Row[] = [];
      for (const read of ['get', 'list'] as const)
        rows.push(await measure(read, { installation, recording, direct }, options));
      return rows;
    } finally {
      await direct?.close();
      await installation.remove();
    }
  },
};

interface Site {
  readonly installation: Installation;
  readonly recording: Recording;
  readonly direct: DirectRun | undefined;
}

async function measure(
  read: Read,
  { installation, recording, direct }: Site,
  { rounds, seconds }: FigureOptions,
): Promise<Row> {
  const [statement, ...others] = recording.statements[read];
  if (statement === undefined || others.length > 0) throw new Error(`A ${read} takes one statement.`);
  const { databaseUrl = '', organizationId } = installation;
  const { text, values } = statement;
  const bare = await startBareProcess({ databaseUrl, organizationId, text, values });
  const load = (duration: number) =>
    runLoad({
      url: bare.baseUrl,
      seconds: duration,
      requestsByConnection: requestsByConnection(read, installation),
    });
  try {
    await load(2 * seconds);
    const measured: { readonly rate: number; readonly ratio: number }[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const { requestsPerSecond: rate } = await load(seconds);
      const reference = await direct?.run(read, { seconds, requestsPerSecond: rate });
      measured.push({ rate, ratio: rate / (reference ?? Number.NaN) });
    }
    const ratio = median(measured.map((round) => round.ratio));
    return row(titles[read], `${median(measured.map(({ rate }) => rate)).toFixed(0)}/s`, {
      ratio: direct === undefined ? '' : `${ratio.toFixed(2)} of pgbench`,
    });
  } finally {
    await bare.stop();
  }
}
