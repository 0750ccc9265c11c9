import { buildApp } from './app.ts';
import { readConfig } from './config/config.ts';
import { stopOnSignal } from './stop-on-signal.ts';

/** A process that only handles jobs; the embedded database has room for one process, so this one needs PostgreSQL. */
export async function workFromEnvironment(): Promise<void> {
  const { config, secrets } = readConfig(process.env);
  const app = await buildApp(config, secrets);
  await app.jobs.start();
  process.stdout.write(`Precert worker (${config.environment}) is running.\n`);
  stopOnSignal(() => app.close());
}
