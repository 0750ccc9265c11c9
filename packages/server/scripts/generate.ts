/** `generate.ts openapi|docs [--check]`: writes the generated files, or fails when one differs from the code. */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type GeneratedFile, generatedFiles, repository } from './generated-files.ts';

const [name, ...flags] = process.argv.slice(2);
if ((name !== 'openapi' && name !== 'docs') || flags.some((flag) => flag !== '--check')) {
  process.stderr.write('Usage: generate.ts openapi|docs [--check]\n');
  process.exitCode = 2;
} else {
  for (const file of generatedFiles[name]) await (flags.length > 0 ? check(file, name) : write(file));
}

async function write(file: GeneratedFile): Promise<void> {
  const path = join(repository, file.path);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, await file.make());
  process.stdout.write(`Wrote ${file.path}\n`);
}

async function check(file: GeneratedFile, script: string): Promise<void> {
  const committed = await readFile(join(repository, file.path), 'utf8').catch(() => undefined);
  if (committed === (await file.make())) return;
  process.stderr.write(
    `${file.path} differs from the code: run \`npm run ${script}\` and commit the result.\n`,
  );
  process.exitCode = 1;
}
