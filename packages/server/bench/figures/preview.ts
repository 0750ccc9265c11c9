import { type ApiClient, createApiClient } from '../../test/support/api/api-client.ts';
import { authorizationsPath, createCase, succeed, uploadFile } from '../../test/support/api/sample-case.ts';
import { type Figure, type FigureOptions, type Row, row } from '../figure.ts';
import { createInstallation, type Installation, withApp } from '../installation/installation.ts';
import {
  casesPerConnection,
  connections,
  requestsByConnection,
  tenAnswers,
} from '../installation/requests.ts';
import { scannedDocument } from '../installation/scanned-document.ts';
import { seedCases } from '../installation/seed-cases.ts';
import { type ServerProcess, startServerProcess } from '../installation/server-process.ts';
import { runLoad } from '../load/run-load.ts';
import { median } from '../statistics.ts';

const packetPages = 10;
const attachmentMegabytes = 5;
/** Of GETs per second: a clinic's screens, far below what the server can do. */
const rate = 100;
const readers = 4;

interface Round {
  readonly previewsMs: readonly number[];
  readonly calmP99Ms: number;
  readonly besideP99Ms: number;
}

/** How long a preview takes, and what it costs those who only read. Rendering has processes of its own. */
export const previewFigure: Figure = {
  name: 'preview',
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
  const client = createApiClient(server.baseUrl, installation);
  const path = await createCaseWithPacket(client);
  const read = () =>
    runLoad({
      url: server.baseUrl,
      seconds,
      rate,
      requestsByConnection: requestsByConnection('get', installation, readers),
    });
  await read();
  const measured: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const calm = await read();
    const beside = read();
    const previewsMs = await previewUntil(client, path, beside);
    measured.push({ previewsMs, calmP99Ms: calm.p99Ms, besideP99Ms: (await beside).p99Ms });
  }
  return measured;
}

/** @returns the path of a case whose draft packet has the pages this figure speaks of */
async function createCaseWithPacket(client: ApiClient): Promise<string> {
  const created = await createCase(client, { ready: true });
  const path = `${authorizationsPath}/${created.id}`;
  // One page of attachment first, to learn how many pages the rest has.
  const attach = async (pages: number, megabytes: number) => {
    const fileId = await uploadFile(client, { bytes: await scannedDocument(pages, megabytes) });
    return succeed(await client.call('POST', `${path}/attachments`, { fileId, label: 'Scanned chart' }));
  };
  const first = await attach(1, 0.2);
  const { draftPacket } = succeed(await client.call('POST', `${path}/preview`)).documents;
  succeed(await client.call('DELETE', `${path}/attachments/${first.id}`));
  await attach(packetPages - draftPacket.pageCount + 1, attachmentMegabytes);
  const { pageCount } = succeed(await client.call('POST', `${path}/preview`)).documents.draftPacket;
  if (pageCount !== packetPages) throw new Error(`The packet has ${pageCount} pages.`);
  return path;
}

/** Previews one after the other until `end` settles; each after a change, for an unchanged case is not rendered again. */
async function previewUntil(
  client: ApiClient,
  path: string,
  end: Promise<unknown>,
): Promise<readonly number[]> {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  end.then(over, over);
  const times: number[] = [];
  for (let variant = 0; !isOver; variant += 1) {
    succeed(await client.call('PATCH', path, tenAnswers(variant)));
    const startedAt = performance.now();
    succeed(await client.call('POST', `${path}/preview`));
    times.push(performance.now() - startedAt);
  }
  return times;
}

function rowsOf(rounds: readonly Round[]): readonly Row[] {
  const previews = rounds.flatMap(({ previewsMs }) => previewsMs);
  const calm = median(rounds.map(({ calmP99Ms }) => calmP99Ms));
  const beside = median(rounds.map(({ besideP99Ms }) => besideP99Ms));
  const ratio = median(rounds.map(({ calmP99Ms, besideP99Ms }) => besideP99Ms / calmP99Ms));
  return [
    row(
      `preview: ${packetPages} pages, ${attachmentMegabytes} MB attached`,
      `p50 ${median(previews).toFixed(0)} ms (${previews.length} previews)`,
    ),
    row(
      `preview: GETs beside it, ${rate}/s`,
      `p99 ${beside.toFixed(1)} ms, undisturbed ${calm.toFixed(1)} ms`,
      { value: ratio, ratio: ratio.toFixed(2), aim: { atMost: 2 }, aimText: 'p99 <= 2 x undisturbed' },
    ),
  ];
}
