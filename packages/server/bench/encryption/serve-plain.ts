/** `precert serve`, with values in the clear. */

import { startServer } from '../../src/serve.ts';
import { stopOnSignal } from '../../src/stop-on-signal.ts';
import { plainVault } from './plain-vault.ts';

const server = await startServer(process.env, { vault: plainVault });
stopOnSignal(() => server.stop());
