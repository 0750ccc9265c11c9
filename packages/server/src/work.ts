import { buildApp } from './app.ts';
import { readConfig } from './config/config.ts';
import type { SandboxEmr } from './emr/simulator/sandbox-emr.ts';
import { openEmr } from './serve.ts';
import { stopOnSignal } from './stop-on-signal.ts';

/** A process that only handles jobs; the embedded database has room for one process, so this one needs PostgreSQL. */
export async function workFromEnvironment(): Promise<void> {
  const { config, secrets } = readConfig(process.env);
  const app = await buildApp(config, secrets);
  let emr: SandboxEmr | undefined;
  const stop = async () => {
    await app.close();
    await emr?.stop();
  };
  try {
    emr = await openEmr(app);
    app.audit.start();
    await app.jobs.start();
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
  process.stdout.write(`Precert worker (${config.environment}) is running.\n`);
  stopOnSignal(stop);
}
