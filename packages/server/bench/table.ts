import { availableParallelism, cpus, loadavg } from 'node:os';
import type { Row } from './figure.ts';

const heads: Readonly<Record<keyof Row, string>> = {
  figure: 'figure',
  measured: 'measured',
  aim: 'aim',
  ratio: 'ratio',
  verdict: '',
};

/** The table as text, one line a row. */
export function formatTable(rows: readonly Row[]): string {
  const lines = [heads, ...rows];
  const widthOf = (column: keyof Row) => Math.max(...lines.map((line) => line[column].length));
  const columns: readonly (keyof Row)[] = ['figure', 'measured', 'aim', 'ratio', 'verdict'];
  const formatLine = (line: Readonly<Record<keyof Row, string>>) =>
    columns
      .map((column) => line[column].padEnd(widthOf(column)))
      .join('  ')
      .trimEnd();
  const [head = '', ...body] = lines.map(formatLine);
  return [head, '-'.repeat(Math.max(...lines.map((line) => formatLine(line).length))), ...body].join('\n');
}

/** Cores, processor, Node, and how busy the machine is: figures of two machines, or of two hours, do not compare. */
export function describeMachine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const load = (loadavg()[0] ?? 0).toFixed(1);
  return `${availableParallelism()} cores (${model}), Node ${process.versions.node}, load average ${load}`;
}
