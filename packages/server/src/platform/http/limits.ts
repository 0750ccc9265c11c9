import type { JsonLimits } from './json-scan.ts';
import { defaultJsonLimits } from './strict-json.ts';

export interface HttpLimits {
  readonly jsonBytes: number;
  readonly json: JsonLimits;
  /** From the end of the headers to the last byte of a JSON body. */
  readonly jsonBodyTimeoutMs: number;
  /** Request line and headers together. */
  readonly headerBytes: number;
  readonly headersTimeoutMs: number;
  /** A whole request of any kind: bounds uploads; JSON bodies have their own, shorter limit. */
  readonly requestTimeoutMs: number;
  /** From an answer's first byte until the client has taken its last. */
  readonly answerTimeoutMs: number;
  /** A connection between requests. Longer than a proxy's own, so that the proxy is the one to close. */
  readonly keepAliveTimeoutMs: number;
  /** A connection in the middle of a request or answer on which nothing moves. */
  readonly idleSocketTimeoutMs: number;
  /** How often Node looks for connections over their time. */
  readonly connectionsCheckingIntervalMs: number;
  readonly requestsPerSocket: number;
  /** Open at once; one more is closed at once. */
  readonly connections: number;
  /** Handlers at work at once; one more request is 503 at once. Slow ones are counted by themselves, as many again. */
  readonly concurrentRequests: number;
  /** Of JSON, being read or worked on. */
  readonly bodyBytesAtOnce: number;
  readonly pathParameterLength: number;
  /** What running requests get when the server stops. */
  readonly stopGraceMs: number;
}

/** Reliability notes, (b) 20 and 23, (c) "Server defaults". */
export const defaultHttpLimits: HttpLimits = {
  jsonBytes: 1024 * 1024,
  json: defaultJsonLimits,
  jsonBodyTimeoutMs: 30_000,
  headerBytes: 16 * 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 300_000,
  answerTimeoutMs: 300_000,
  keepAliveTimeoutMs: 65_000,
  idleSocketTimeoutMs: 30_000,
  connectionsCheckingIntervalMs: 5_000,
  requestsPerSocket: 1_000,
  connections: 4_096,
  concurrentRequests: 128,
  bodyBytesAtOnce: 64 * 1024 * 1024,
  pathParameterLength: 256,
  stopGraceMs: 10_000,
};
