import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { invalidField } from '../errors.ts';

interface WithRawHeaders {
  readonly raw: Pick<IncomingMessage, 'rawHeaders'>;
}

/**
 * Every value a header was sent with, in order. Node joins or drops repeated headers before `request.headers`; a
 * message that carries two different credentials, keys or types must not be read as if it had one.
 */
export function headerValues(request: WithRawHeaders, name: string): string[] {
  const { rawHeaders } = request.raw;
  const wanted = name.toLowerCase();
  const values: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const value = rawHeaders[index + 1];
    if (value !== undefined && rawHeaders[index]?.toLowerCase() === wanted) values.push(value);
  }
  return values;
}

/**
 * The one value of a header, or undefined when it was not sent. The same value sent twice counts as once.
 * @throws PrecertError `validation_error` on two different values.
 */
export function singleHeader(request: WithRawHeaders, name: string): string | undefined {
  const [first, ...others] = headerValues(request, name);
  if (others.some((other) => other !== first)) {
    throw invalidField(name, 'invalid_format', 'This header was sent more than once with different values.');
  }
  return first;
}

const acceptableRequestId = /^[A-Za-z0-9._-]{1,128}$/;
/** The caller's `X-Request-Id` where it is harmless to repeat in logs and headers, else one of ours. */
export function requestIdFor(incoming: Pick<IncomingMessage, 'headers'>): string {
  const sent = incoming.headers['x-request-id'];
  return typeof sent === 'string' && acceptableRequestId.test(sent) ? sent : newRequestId();
}

/** 122 random bits; of Node's sources of randomness the one that is cheap enough for every request. */
export function newRequestId(): string {
  return `req_${randomUUID().replaceAll('-', '')}`;
}
