import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { invalidField, PrecertError } from '../errors.ts';
import type { JsonLimits } from './json-scan.ts';
import { singleHeader } from './request-headers.ts';
import { parseStrictJson } from './strict-json.ts';

/**
 * How a route takes its body. `json` (default): required where the route has a body schema. `optional`: absent, empty
 * and `{}` are the same. `left_to_route`: as `optional`, but something is needed, and the route says in its own words
 * what is missing. `stream`: unread bytes of any type, at most as fast and as long as the route allows.
 */
export type BodyMode = 'json' | 'optional' | 'left_to_route' | 'stream';

export interface JsonBodyLimits {
  readonly json: JsonLimits;
  /** From the end of the headers to the last byte of the body. */
  readonly bodyTimeoutMs: number;
}

/** Stands in for a body until hooks run: an error from a body parser would close the connection each time. */
class RefusedBody {
  readonly error: PrecertError;
  constructor(error: PrecertError) {
    this.error = error;
  }
}

/** Above this the rest of a refused body is not awaited: the connection is closed instead. */
const drainableBytes = 32 * 1024 * 1024;

/**
 * Replaces Fastify's body parsers by one that reads UTF-8 JSON strictly and refuses every other type with 415.
 * Bodies of `stream` routes are handed over as they arrive.
 */
export function useStrictBodies(app: FastifyInstance, limits: JsonBodyLimits): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', async (request: FastifyRequest, payload: IncomingMessage) => {
    if (bodyMode(request) === 'stream') return payload;
    try {
      return await readJson(request, payload, limits);
    } catch (error) {
      if (error instanceof PrecertError) return new RefusedBody(error);
      throw error;
    }
  });
  app.addHook('preValidation', async (request) => {
    if (request.body instanceof RefusedBody) throw request.body.error;
    // Bytes are taken as they come; compressed ones would be stored under the name of what they decompress to.
    if (bodyMode(request) === 'stream') requireUncompressed(request);
    if (request.body === undefined && mayBeAbsent(request)) request.body = {};
  });
}

function bodyMode(request: FastifyRequest): BodyMode {
  return request.routeOptions.config.body ?? 'json';
}

function mayBeAbsent(request: FastifyRequest): boolean {
  const mode = bodyMode(request);
  return mode === 'optional' || mode === 'left_to_route';
}

async function readJson(
  request: FastifyRequest,
  payload: Readable,
  limits: JsonBodyLimits,
): Promise<unknown> {
  const contentType = singleHeader(request, 'Content-Type');
  const bytes = await readBytes(request, payload, limits.bodyTimeoutMs);
  const takesBody = request.routeOptions.schema?.body !== undefined;
  // Many clients name a type on every request, also on a DELETE that sends nothing.
  if (bytes.length === 0 && (mayBeAbsent(request) || !takesBody)) return undefined;
  requireUncompressed(request);
  requireJsonType(contentType);
  if (bytes.length === 0) throw invalidField('body', 'required', 'A JSON body is required.');
  const parsed = parseStrictJson(bytes, limits.json);
  if (parsed.ok) return parsed.value;
  throw new PrecertError('validation_error', 'Request validation failed.', { issues: [parsed.issue] });
}

function requireUncompressed(request: FastifyRequest): void {
  const encoding = singleHeader(request, 'Content-Encoding')?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity') return;
  throw new PrecertError(
    'unsupported_media_type',
    'Compressed bodies are not accepted; send the body as it is.',
  );
}

function requireJsonType(contentType: string | undefined): void {
  const [, parameters] = /^application\/json[ \t]*(;.*)?$/i.exec(contentType?.trim() ?? '') ?? [
    undefined,
    null,
  ];
  if (parameters === null || !isUtf8OrUnnamed(parameters)) {
    throw new PrecertError('unsupported_media_type', 'The Content-Type must be application/json in UTF-8.');
  }
}

/** No parameter, or `charset=utf-8` alone. Other parameters have no meaning for JSON (RFC 8259, 11): refused. */
function isUtf8OrUnnamed(parameters: string | undefined): boolean {
  return (
    parameters === undefined ||
    /^;[ \t]*(?:charset=(?:"utf-8"|utf-8)[ \t]*(?:;[ \t]*)?|;[ \t]*)?$/i.test(parameters)
  );
}

/** The whole body, or a PrecertError: 413 over the route's limit, 408 when it takes too long. */
function readBytes(request: FastifyRequest, payload: Readable, timeoutMs: number): Promise<Buffer> {
  const limitBytes = request.routeOptions.bodyLimit;
  const declared = Number(request.headers['content-length']);
  if (declared > limitBytes) return Promise.reject(tooLarge(limitBytes));
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let received = 0;
  const onData = (chunk: Buffer): void => {
    received += chunk.length;
    chunks.push(chunk);
    if (received > limitBytes) settle(() => reject(tooLarge(limitBytes)));
  };
  const onEnd = (): void => settle(() => resolve(Buffer.concat(chunks, received)));
  const onBroken = (): void =>
    settle(() => reject(invalidField('body', 'invalid_format', 'The body broke off.')));
  const timer = setTimeout(() => settle(() => reject(tooSlow())), timeoutMs);
  const settle = (finish: () => void): void => {
    clearTimeout(timer);
    payload.off('data', onData).off('end', onEnd).off('error', onBroken).off('close', onBroken);
    // A late error of a body nobody reads any more must not end the process.
    payload.on('error', () => undefined);
    finish();
  };
  payload.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken);
  return promise;
}

function tooLarge(limitBytes: number): PrecertError {
  return new PrecertError('payload_too_large', `The body is larger than ${limitBytes} bytes.`, {
    details: { limitBytes },
  });
}

function tooSlow(): PrecertError {
  return new PrecertError('request_timeout', 'The body did not arrive in time.');
}

/**
 * Whether the connection must close after this answer because the rest of the body is not worth reading. Otherwise
 * Node reads and drops it, so that a client still sending gets the answer instead of a reset.
 */
export function mustCloseAfter(error: PrecertError, request: IncomingMessage): boolean {
  if (error.code === 'request_timeout') return true;
  if (request.complete) return false;
  if (request.headers['transfer-encoding'] !== undefined) return error.code === 'payload_too_large';
  return Number(request.headers['content-length'] ?? 0) > drainableBytes;
}
