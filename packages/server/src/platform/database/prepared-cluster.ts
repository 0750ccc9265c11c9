/**
 * A freshly initialised and migrated cluster, packed, so that the first start need not run `initdb` in WebAssembly
 * (5 to 7 s on two cores against 1 s) nor the migrations (half a second). One file per engine version; without it the
 * engine initialises itself. Migrations that are newer than the file are applied as to any other database.
 * `pack-prepared-cluster.ts` makes the file.
 */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';

const engineVersion = readEngineVersion();

/** Where the packed cluster of the installed engine stands, whether or not it is there. */
export const preparedClusterFile = new URL(
  `prepared-cluster.pglite-${engineVersion}.tar.br`,
  import.meta.url,
);

/** A tar of the data directory, undefined when none was packed for the installed engine. */
export async function loadPreparedCluster(): Promise<Blob | undefined> {
  if (!existsSync(preparedClusterFile)) return undefined;
  const tar = await promisify(brotliDecompress)(await readFile(preparedClusterFile));
  return new Blob([new Uint8Array(tar)]);
}

function readEngineVersion(): string {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  const manifest: unknown = createRequire(entry)('../package.json');
  return String(Reflect.get(Object(manifest), 'version'));
}
