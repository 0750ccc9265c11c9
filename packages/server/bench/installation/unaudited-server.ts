/** The server without its audit trail, to measure what the trail costs. No setting turns it off. */

import { startServer } from '../../src/serve.ts';
import { stopOnSignal } from '../../src/stop-on-signal.ts';

const server = await startServer(process.env, { audit: 'off' });
stopOnSignal(() => server.stop());
