import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { isIPv4 } from 'node:net';
import { asOutboundError, OutboundError } from './outbound-errors.ts';

export interface OutboundRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Until the connection stands, TLS included. */
  readonly connectTimeoutMs: number;
  /** Until the answer's last byte, resolving included. */
  readonly totalTimeoutMs: number;
  /** More of the answer is not read. */
  readonly maximumAnswerBytes: number;
  readonly signal?: AbortSignal;
}

export interface OutboundAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Uint8Array;
  /** False when the body was longer than allowed, broke off or took too long; the status was told all the same. */
  readonly isComplete: boolean;
}

/** Where to connect to: addresses that were judged, instead of whatever the name means a moment later. */
export interface Destination {
  readonly url: URL;
  readonly addresses: readonly string[];
  /** Certificates to trust beside the usual ones. */
  readonly certificateAuthorities?: readonly string[] | undefined;
}

/**
 * One request on a connection of its own. Redirects are answers like others. Agents of our own: the global ones
 * would follow the environment's proxy settings, and a proxy resolves names by itself.
 * @throws OutboundError when no status came
 */
export async function sendPinned(
  { url, addresses, certificateAuthorities }: Destination,
  request: OutboundRequest,
): Promise<OutboundAnswer> {
  const options = {
    method: request.method,
    headers: request.headers,
    lookup: pinnedLookup(addresses),
    signal: request.signal,
  };
  const outgoing =
    url.protocol === 'https:'
      ? requestHttps(url, {
          ...options,
          agent: new HttpsAgent({ keepAlive: false }),
          // Said here, so that the environment cannot switch it off.
          rejectUnauthorized: true,
          ...(certificateAuthorities === undefined ? {} : { ca: [...certificateAuthorities] }),
        })
      : requestHttp(url, { ...options, agent: new HttpAgent({ keepAlive: false }) });
  const received = Promise.withResolvers<IncomingMessage>();
  const fail = (error: unknown) => {
    received.reject(error);
    outgoing.destroy();
  };
  const total = setTimeout(() => fail(new OutboundError('timeout')), request.totalTimeoutMs);
  const connect = setTimeout(() => fail(new OutboundError('connect_timeout')), request.connectTimeoutMs);
  outgoing.once('socket', (socket) => {
    socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => clearTimeout(connect));
  });
  outgoing.once('response', received.resolve);
  // Never taken off: a socket may fail once more while the answer's body is given up.
  outgoing.on('error', received.reject);
  // Node drops a connection that changes protocols, and says nothing else.
  outgoing.once('close', () => received.reject(new OutboundError('invalid_answer')));
  outgoing.end(request.body);
  try {
    return await readAnswer(await received.promise, request.maximumAnswerBytes);
  } catch (error) {
    throw asOutboundError(error);
  } finally {
    clearTimeout(connect);
    clearTimeout(total);
    outgoing.destroy();
  }
}

async function readAnswer(answer: IncomingMessage, maximumBytes: number): Promise<OutboundAnswer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  let isComplete = false;
  try {
    for await (const chunk of answer) {
      // Without an encoding set, chunks are bytes.
      const bytes = chunk as Uint8Array;
      chunks.push(bytes.subarray(0, maximumBytes - length));
      length += bytes.length;
      if (length > maximumBytes) break;
    }
    isComplete = length <= maximumBytes && answer.complete;
  } catch {
    // The status was told; what there is of the body has to do.
  }
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks), isComplete };
}

function pinnedLookup(addresses: readonly string[]): LookupFunction {
  const pinned = addresses.map((address) => ({ address, family: isIPv4(address) ? 4 : 6 }));
  return (_host, options, done) => {
    const [first] = pinned;
    if (options.all === true) done(null, pinned);
    else if (first === undefined) done(new OutboundError('name_not_resolved'), '');
    else done(null, first.address, first.family);
  };
}
