import pg from 'pg';
import { createApiClient } from '../../test/support/api/api-client.ts';
import { authorizationsPath, succeed } from '../../test/support/api/sample-case.ts';
import { type Figure, type FigureOptions, row } from '../figure.ts';
import { createInstallation, type Installation, withApp } from '../installation/installation.ts';
import { connections } from '../installation/requests.ts';
import { seedCases } from '../installation/seed-cases.ts';
import { type ServerProcess, startServerProcess } from '../installation/server-process.ts';
import { runLoad } from '../load/run-load.ts';
import { median } from '../statistics.ts';

const rowCount = 1_000_000;
const deepPage = 10_000;
const pageSize = 25;
/** The largest page there is, to walk with. */
const stride = 100;

/** The first page of a long list against one far down: with keyset paging they cost the same. */
export const listDepthFigure: Figure = {
  name: 'list-depth',
  async measure(options) {
    const installation = await createInstallation('postgres');
    try {
      await withApp(installation, (app) => seedCases(app, installation, rowCount));
      await vacuum(installation);
      const server = await startServerProcess(installation.variables);
      try {
        const deep = `${authorizationsPath}?cursor=${await walkTo(server, installation)}`;
        const rates = await measureRounds(server, installation, deep, options);
        const ratio = median(rates.map(([first, later]) => first / later));
        const ms = (index: 0 | 1) => (1000 / median(rates.map((pair) => pair[index]))).toFixed(2);
        const measured = `page 1 ${ms(0)} ms, page ${deepPage} ${ms(1)} ms of the server's time`;
        const aimText = '<= 1.2 x page 1';
        const judged = { value: ratio, ratio: ratio.toFixed(2), aim: { atMost: 1.2 }, aimText };
        return [row(`list over ${rowCount} rows, page of ${pageSize}`, measured, judged)];
      } finally {
        await server.stop();
      }
    } finally {
      await installation.remove();
    }
  },
};

/** What autovacuum does in its own time, done before the clock runs. */
async function vacuum({ databaseUrl }: Installation): Promise<void> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    await client.query('vacuum analyze');
    await client.query('checkpoint');
  } finally {
    await client.end();
  }
}

/** @returns the cursor of the deep page, come by as a client comes by it */
async function walkTo(server: ServerProcess, installation: Installation): Promise<string> {
  const client = createApiClient(server.baseUrl, installation);
  let cursor: string | undefined;
  for (let seen = 0; seen < (deepPage - 1) * pageSize; seen += stride) {
    const limit = Math.min(stride, (deepPage - 1) * pageSize - seen);
    const query = `limit=${limit}${cursor === undefined ? '' : `&cursor=${cursor}`}`;
    const page = succeed(await client.call('GET', `${authorizationsPath}?${query}`));
    cursor = String(page.pagination.nextCursor);
  }
  if (cursor === undefined) throw new Error('There is no page to walk.');
  return cursor;
}

/** Requests per second of both pages, in turns; the first run of each is the warm-up. */
async function measureRounds(
  server: ServerProcess,
  installation: Installation,
  deep: string,
  { rounds, seconds }: FigureOptions,
): Promise<readonly (readonly [first: number, deep: number])[]> {
  const headers = { authorization: `Bearer ${installation.bearerToken}` };
  const rateOf = async (path: string) => {
    const requests = [{ method: 'GET', path, headers }];
    const requestsByConnection = Array.from({ length: connections }, () => requests);
    return (await runLoad({ url: server.baseUrl, seconds, requestsByConnection })).requestsPerSecond;
  };
  for (const path of [authorizationsPath, deep]) await rateOf(path);
  const measured: [number, number][] = [];
  for (let round = 0; round < rounds; round += 1) {
    measured.push([await rateOf(authorizationsPath), await rateOf(deep)]);
  }
  return measured;
}
