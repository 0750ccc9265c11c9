/**
 * All figures of docs/performance.md, measured on this machine and printed as one table. Writes nothing but that.
 * `node bench/main.ts [--rounds 3] [--seconds 5] [name ...]`
 */

import { parseArgs } from 'node:util';
import type { Figure, FigureOptions, Row } from './figure.ts';
import { auditFigure } from './figures/audit.ts';
import { bareServerFigure } from './figures/bare-server.ts';
import { claimLatencyFigure } from './figures/claim-latency.ts';
import { claimRaceFigure } from './figures/claim-race.ts';
import { claimsFigure } from './figures/claims.ts';
import { encryptionFigure } from './figures/encryption.ts';
import { evaluationFigure } from './figures/evaluation.ts';
import { listDepthFigure } from './figures/list-depth.ts';
import { overloadFigure } from './figures/overload.ts';
import { previewFigure } from './figures/preview.ts';
import { startFigure } from './figures/start.ts';
import { throughputFigure } from './figures/throughput.ts';
import { describeMachine, formatTable } from './table.ts';

const figures: readonly Figure[] = [
  evaluationFigure,
  startFigure,
  previewFigure,
  throughputFigure,
  bareServerFigure,
  encryptionFigure,
  listDepthFigure,
  claimsFigure,
  claimLatencyFigure,
  claimRaceFigure,
  overloadFigure,
  auditFigure,
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '3' }, seconds: { type: 'string', default: '5' } },
});
const options: FigureOptions = { rounds: Number(values.rounds), seconds: Number(values.seconds) };
const unknown = positionals.filter((name) => !figures.some((figure) => figure.name === name));
if (unknown.length > 0 || !(options.rounds >= 1) || !(options.seconds >= 1)) {
  process.stderr.write(
    `Usage: bench [--rounds n] [--seconds n] [${figures.map(({ name }) => name).join('|')} ...]\n`,
  );
  process.exit(2);
}

const rows: Row[] = [];
const before = describeMachine();
for (const figure of figures) {
  if (positionals.length > 0 && !positionals.includes(figure.name)) continue;
  process.stderr.write(`${figure.name} ...\n`);
  rows.push(...(await figure.measure(options)));
}
console.log(`before: ${before}\nafter:  ${describeMachine()}`);
console.log(`medians of ${options.rounds} rounds; load runs of ${options.seconds} s\n`);
console.log(formatTable(rows));
