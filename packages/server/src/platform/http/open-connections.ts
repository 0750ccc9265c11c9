import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** When its answer was first seen under way, in milliseconds of the process's own clock. */
  answeringSince?: number;
}

export interface AnswerLimits {
  readonly answerTimeoutMs: number;
  readonly connectionsCheckingIntervalMs: number;
}

/**
 * Which connections are open, and which of their requests are unanswered. Node knows neither: its idle connections
 * leave out those that never sent a request, and a pipelined request is invisible until its turn.
 */
export class OpenConnections {
  readonly #exchanges = new Map<Socket, Set<Exchange>>();
  #isClosing = false;

  watch(server: Server): void {
    server.on('connection', (socket) => {
      this.#exchanges.set(socket, new Set());
      socket.once('close', () => this.#exchanges.delete(socket));
    });
    server.prependListener('request', (request, response) => {
      const exchanges = this.#exchanges.get(request.socket);
      const exchange: Exchange = { request, response };
      exchanges?.add(exchange);
      response.once('close', () => {
        exchanges?.delete(exchange);
        // An answer begun before the stop could not say `Connection: close`; its connection would stay open.
        if (this.#isClosing && exchanges?.size === 0) request.socket.destroySoon();
      });
    });
  }

  unansweredOn(socket: Socket): Exchange[] {
    return [...(this.#exchanges.get(socket) ?? [])];
  }

  /**
   * Cuts connections whose client has not taken the whole of an answer in time. Node limits requests, and connections on
   * which nothing moves; a client that takes a byte a second of a large file would hold it open for days.
   */
  cutSlowReaders(server: Server, { answerTimeoutMs, connectionsCheckingIntervalMs }: AnswerLimits): void {
    server.once('listening', () => {
      const timer = setInterval(() => this.#cutAnswersOver(answerTimeoutMs), connectionsCheckingIntervalMs);
      timer.unref();
      server.once('close', () => clearInterval(timer));
    });
  }

  #cutAnswersOver(answerTimeoutMs: number): void {
    const now = performance.now();
    for (const [socket, exchanges] of this.#exchanges) {
      for (const exchange of exchanges) {
        if (exchange.response.headersSent) exchange.answeringSince ??= now;
        if (now - (exchange.answeringSince ?? now) >= answerTimeoutMs) socket.destroy();
      }
    }
  }

  /**
   * Closes connections that wait for nothing, and from now on every other as soon as it has its answers. A request
   * whose headers are not complete yet is not begun: it goes too.
   */
  closeIdle(): void {
    this.#isClosing = true;
    for (const [socket, exchanges] of this.#exchanges) {
      if (exchanges.size === 0) socket.destroy();
    }
  }
}
