import type { FastifyInstance } from 'fastify';
import type { PrecertError } from '../errors.ts';
import { renderFlatError } from './flat-error-envelope.ts';

export interface RenderedError<Body = unknown> {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
}

/** Status, headers and body of an error, as one part of the API writes them. Never the stack, never the cause. */
export type RenderError = (error: PrecertError, requestId: string) => RenderedError;

/**
 * Parts of the API may write errors in an envelope of their own. A part is told by the first two segments of its
 * routes' paths (`/v1/claims`), so that what matches no route of it, by method or further down, is answered as it would
 * answer. Everything else has the flat envelope, and so has what Node's parser refuses before any path is known.
 */
export class ErrorEnvelopes {
  readonly #byRoot = new Map<string, RenderError>();

  /**
   * Errors of the routes that the scope registers after this are written by `render`.
   * @throws Error when the same paths were given to another envelope before.
   */
  use(scope: FastifyInstance, render: RenderError): void {
    scope.addHook('onRoute', ({ url }) => {
      const known = this.#byRoot.get(rootOf(url));
      if (known !== undefined && known !== render) throw new Error(`${url} has two error envelopes.`);
      this.#byRoot.set(rootOf(url), render);
    });
  }

  /** @param path a route's template, or what was asked for where no route fits. */
  of(path: string): RenderError {
    return this.#byRoot.get(rootOf(path)) ?? renderFlatError;
  }
}

function rootOf(path: string): string {
  const [withoutQuery = ''] = path.split(/[?#]/, 1);
  return withoutQuery.split('/').slice(0, 3).join('/');
}
