import type { Server } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Logger } from '../observability/logger.ts';
import type { OpenConnections } from './open-connections.ts';

export type ServerPhase = 'starting' | 'ready' | 'stopping';

/** What a readiness probe asks. Only `ready` should receive traffic. */
export class Readiness {
  #phase: ServerPhase = 'starting';

  get phase(): ServerPhase {
    return this.#phase;
  }

  /** Call when the process has been told to stop, before `close()`, to leave balancers time to look away. */
  beginStopping(): void {
    this.#phase = 'stopping';
  }

  becomeReady(): void {
    if (this.#phase === 'starting') this.#phase = 'ready';
  }
}

export interface StopSettings {
  readonly readiness: Readiness;
  readonly connections: OpenConnections;
  readonly graceMs: number;
  readonly logger: Logger;
}

/**
 * Makes `app.close()` graceful and bounded: no new connections, idle ones closed, running requests answered with
 * `Connection: close`, and after `graceMs` whatever is left is cut. A request that a client sends on a kept connection
 * in the very moment it is closed is lost, as HTTP/1.1 has it; `beginStopping` some time before `close` makes busy
 * clients leave first.
 */
export function stopGracefully(app: FastifyInstance, settings: StopSettings): void {
  const { readiness } = settings;
  app.addHook('onListen', async () => readiness.becomeReady());
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (readiness.phase === 'stopping') reply.header('connection', 'close');
    done();
  });
  app.addHook('preClose', async () => {
    readiness.beginStopping();
    await drain(app.server, settings);
  });
}

async function drain(server: Server, { connections, graceMs, logger }: StopSettings): Promise<void> {
  const drained = Promise.withResolvers<void>();
  // The callback also comes, with an error, when the server never listened.
  server.close(() => drained.resolve());
  connections.closeIdle();
  const cut = setTimeout(() => {
    logger.warn({ graceMs }, 'connections cut at the end of the grace period');
    server.closeAllConnections();
  }, graceMs);
  await drained.promise;
  clearTimeout(cut);
}
