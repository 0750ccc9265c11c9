/** `summarize-run.ts <folder>`: adds up the reports of one CI run and exits with 1 unless something ran and nothing failed. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Count, countTests, readCount } from './run-counts.ts';

const [folder = '.'] = process.argv.slice(2);
const counts = [
  await read('tests.json', countTests),
  await read('check.json', readCount),
  await read('quickstart.json', readCount),
];
const passed = counts.reduce((sum, count) => sum + count.passed, 0);
const failed = counts.reduce((sum, count) => sum + count.failed, 0);
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

/** A report that is missing or unreadable is a step that failed. */
async function read(name: string, count: (report: unknown) => Count): Promise<Count> {
  try {
    return count(JSON.parse(await readFile(join(folder, name), 'utf8')));
  } catch {
    process.stdout.write(`${name.replace('.json', '')} did not finish\n`);
    return { passed: 0, failed: 1 };
  }
}
