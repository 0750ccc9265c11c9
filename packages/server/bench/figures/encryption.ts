import { join } from 'node:path';
import { plainVault } from '../encryption/plain-vault.ts';
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

const operations: readonly Operation[] = ['get', 'list', 'patch', 'create'];
const titles: Readonly<Record<Operation, string>> = {
  get: 'GET one case',
  list: 'list, page of 25',
  patch: 'PATCH, 10 answers',
  create: 'create',
};
const plainProgram = join(import.meta.dirname, '..', 'encryption', 'serve-plain.ts');

/** One load: requests per second, and what one of them costs the server's process. */
interface Load {
  readonly rate: number;
  /** Undefined where the system has no /proc. */
  readonly cpuMs: number | undefined;
}

type Round = Readonly<Record<'sealed' | 'plain', Load>>;

/**
 * What sealing costs: a server as it is beside one that leaves values in the clear, which are of the same size and in the
 * same columns. The two take turns, so that both meet the machine in the same moods.
 */
export const encryptionFigure: Figure = {
  name: 'encryption',
  async measure(options) {
    const sealed = await openSide(false);
    const plain = await openSide(true);
    try {
      const rounds = await measureRounds(sealed, plain, options);
      return operations.flatMap((operation) => rowsOf(operation, rounds[operation]));
    } finally {
      await sealed.close();
      await plain.close();
    }
  },
};

interface Side {
  readonly installation: Installation;
  readonly server: ServerProcess;
  close(): Promise<void>;
}

async function openSide(isPlain: boolean): Promise<Side> {
  const installation = await createInstallation('postgres');
  const overrides = isPlain ? { vault: plainVault } : {};
  await withApp(
    installation,
    (app) => seedCases(app, installation, connections * casesPerConnection),
    overrides,
  );
  const server = await startServerProcess(installation.variables, isPlain ? { program: plainProgram } : {});
  return {
    installation,
    server,
    async close() {
      await server.stop();
      await installation.remove();
    },
  };
}

async function measureRounds(
  sealed: Side,
  plain: Side,
  { rounds, seconds }: FigureOptions,
): Promise<Readonly<Record<Operation, readonly Round[]>>> {
  const measured: Record<Operation, Round[]> = { get: [], list: [], patch: [], create: [] };
  for (const side of [sealed, plain])
    for (const operation of operations) await load(side, operation, Math.min(3, seconds));
  for (let round = 0; round < rounds; round += 1) {
    for (const operation of operations) {
      // Each goes first every other time.
      const first = await load(round % 2 === 0 ? sealed : plain, operation, seconds);
      const second = await load(round % 2 === 0 ? plain : sealed, operation, seconds);
      measured[operation].push(
        round % 2 === 0 ? { sealed: first, plain: second } : { sealed: second, plain: first },
      );
    }
  }
  return measured;
}

async function load({ installation, server }: Side, operation: Operation, seconds: number): Promise<Load> {
  const before = await server.cpuSeconds();
  const { requestsPerSecond, count } = await runLoad({
    url: server.baseUrl,
    seconds,
    requestsByConnection: requestsByConnection(operation, installation),
  });
  const after = await server.cpuSeconds();
  const cpuMs = before === undefined || after === undefined ? undefined : ((after - before) * 1000) / count;
  return { rate: requestsPerSecond, cpuMs };
}

function rowsOf(operation: Operation, rounds: readonly Round[]): readonly Row[] {
  const judge = (
    name: string,
    unit: string,
    digits: number,
    read: (load: Load) => number,
    isRate: boolean,
  ) => {
    const [sealed, plain] = (['sealed', 'plain'] as const).map((side) =>
      median(rounds.map((round) => read(round[side]))),
    );
    const ratio = median(rounds.map((round) => read(round.sealed) / read(round.plain)));
    return row(`${titles[operation]}: ${name}`, `${sealed?.toFixed(digits)}${unit}`, {
      ratio: `${ratio.toFixed(2)} of ${plain?.toFixed(digits)}${unit} in the clear`,
      value: ratio,
      ...(isRate
        ? { aim: { atLeast: 0.85 }, aimText: '>= 0.85 of it' }
        : { aim: { atMost: 1.15 }, aimText: '<= 1.15 of it' }),
    });
  };
  const rate = judge('requests', '/s', 0, (measured) => measured.rate, true);
  if (rounds.some(({ sealed }) => sealed.cpuMs === undefined)) return [rate];
  return [rate, judge('processor', ' ms', 3, (measured) => measured.cpuMs ?? Number.NaN, false)];
}
