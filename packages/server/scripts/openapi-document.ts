import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildApp } from '../src/app.ts';
import { readConfig } from '../src/config/config.ts';
import { openEmbeddedDatabase } from '../src/platform/database/embedded-database.ts';
import { exportOpenApi } from '../src/platform/http/openapi.ts';

/** The OpenAPI document of a sandbox server, which has every route there is, as text. Listens to nothing. */
export async function sandboxOpenApi(): Promise<string> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'precert-openapi-'));
  const database = await openEmbeddedDatabase({ directory: 'memory' });
  const { config, secrets } = readConfig({ PRECERT_DATA_DIR: dataDirectory, PRECERT_LOG_LEVEL: 'silent' });
  try {
    const app = await buildApp(config, secrets, { database });
    const text = await exportOpenApi(app.http);
    await app.http.close();
    await app.close();
    return text;
  } finally {
    await database.close();
    await rm(dataDirectory, { recursive: true, force: true });
  }
}
