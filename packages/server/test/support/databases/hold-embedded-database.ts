/**
 * A process that opens the embedded database in the directory given as its argument, says `open` (or prints the
 * refusal), then writes one row per line it reads and acknowledges each. The test ends it as it likes.
 */

import { createInterface } from 'node:readline';
import { asOwner } from '../../../src/platform/database/database-scope.ts';
import { openEmbeddedDatabase } from '../../../src/platform/database/embedded-database.ts';

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error('The directory is missing.');

try {
  const database = await openEmbeddedDatabase({ directory });
  await asOwner(() => database.execute('create table if not exists written (id text primary key)'));
  process.stdout.write('open\n');
  for await (const line of createInterface(process.stdin)) {
    await asOwner(() => database.execute('insert into written values ($1)', [line]));
    process.stdout.write(`${line}\n`);
  }
  await database.close();
} catch (error) {
  process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n`);
}
