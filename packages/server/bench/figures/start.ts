import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Figure, type Row, row } from '../figure.ts';
import { startServerProcess } from '../installation/server-process.ts';
import { median } from '../statistics.ts';

const limitsMs = { first: 5_000, later: 3_000 } as const;
const settleMs = 2_000;

interface Start {
  readonly ms: number;
  readonly residentMegabytes: number | undefined;
}

/** From the command to the first healthy answer on the embedded database: of a new checkout, and of every later day. */
export const startFigure: Figure = {
  name: 'start',
  async measure({ rounds }) {
    const first: Start[] = [];
    const later: Start[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const directory = await mkdtemp(join(tmpdir(), 'precert-bench-'));
      try {
        first.push(await startOnce(directory));
        later.push(await startOnce(directory));
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    }
    return [rowOf('first', first), rowOf('later', later)];
  },
};

async function startOnce(directory: string): Promise<Start> {
  const server = await startServerProcess({
    PRECERT_DATA_DIR: join(directory, 'data'),
    // Else a cache of an earlier run would make the first start a later one.
    NODE_COMPILE_CACHE: join(directory, 'compile-cache'),
  });
  try {
    await delay(settleMs);
    return { ms: server.startMs, residentMegabytes: await server.residentMegabytes() };
  } finally {
    await server.stop();
  }
}

function rowOf(which: 'first' | 'later', starts: readonly Start[]): Row {
  const ms = median(starts.map((start) => start.ms));
  const megabytes = starts.flatMap(({ residentMegabytes }) => residentMegabytes ?? []);
  const memory = megabytes.length === 0 ? 'RSS not known here' : `RSS ${median(megabytes).toFixed(0)} MB`;
  return row(`embedded: ${which} start to healthy`, `${(ms / 1000).toFixed(2)} s, ${memory}`, {
    value: ms,
    aim: { atMost: limitsMs[which] },
    aimText: `<= ${limitsMs[which] / 1000} s`,
  });
}
