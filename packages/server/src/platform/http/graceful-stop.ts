import type { FastifyInstance } from 'fastify';
import type { Logger } from '../observability/logger.ts';

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

/**
 * Makes `app.close()` graceful and bounded: no new connections, idle ones closed, running requests answered with
 * `Connection: close`, and after `graceMs` whatever is left is cut.
 */
export function stopGracefully(
  app: FastifyInstance,
  readiness: Readiness,
  graceMs: number,
  logger: Logger,
): void {
  let cut: NodeJS.Timeout | undefined;
  app.addHook('onListen', async () => readiness.becomeReady());
  app.addHook('preClose', async () => {
    readiness.beginStopping();
    cut = setTimeout(() => {
      logger.warn({ graceMs }, 'connections cut at the end of the grace period');
      app.server.closeAllConnections();
    }, graceMs);
  });
  app.addHook('onSend', async (_request, reply) => {
    if (readiness.phase === 'stopping') reply.header('connection', 'close');
  });
  app.addHook('onClose', async () => clearTimeout(cut));
}
