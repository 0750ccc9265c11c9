/**
 * Run for each engine version and after each new migration:
 * `node packages/server/src/platform/database/pack-prepared-cluster.ts`.
 */

import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { PGlite } from '@electric-sql/pglite';
import { embeddedDatabaseOver } from './embedded-database.ts';
import { migrate } from './migrator.ts';
import { preparedClusterFile } from './prepared-cluster.ts';

const migrations = fileURLToPath(new URL('../../../migrations/', import.meta.url));

// Small segments: an idle directory takes 31 MB instead of 40, and the log is cut at 64 MB instead of 1 GB.
const engine = await PGlite.create({ dataDir: 'memory://', initDbStartParams: ['--wal-segsize=1'] });
await migrate(await embeddedDatabaseOver(engine), { directory: migrations });
await engine.exec('checkpoint');
const tar = Buffer.from(await (await engine.dumpDataDir('none')).arrayBuffer());
await engine.close();

const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 };
await writeFile(preparedClusterFile, await promisify(brotliCompress)(tar, { params }));
