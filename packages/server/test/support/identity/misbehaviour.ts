/** The ways in which a service on the other side of the network lets one down. */

import type { ServerResponse } from 'node:http';

export interface Reply {
  readonly status: number;
  readonly json: unknown;
}

/** A number is the status that is answered, with a `Retry-After` of seven seconds. */
export type Misbehaviour = number | keyof typeof waysToFail;

const waysToFail = {
  hang: () => undefined,
  reset: (response: ServerResponse) => response.destroy(),
  endless: writeEndlessly,
  redirect: (response: ServerResponse, url: string) =>
    response.writeHead(307, { location: `${url}/keys` }).end(),
  garbage: (response: ServerResponse) => response.writeHead(200).end('<html>It works!</html>'),
  empty: (response: ServerResponse) => response.writeHead(200).end(),
  other_shape: (response: ServerResponse) =>
    sendJson(response, { status: 200, json: { api_key: { id: 7 }, keys: 'none', issuer: null } }),
};

/** @param url where a redirect leads: to an answer that would do */
export function misbehave(response: ServerResponse, how: Misbehaviour, url: string): void {
  if (typeof how === 'string') {
    waysToFail[how](response, url);
    return;
  }
  response.setHeader('retry-after', '7');
  sendJson(response, { status: how, json: { message: 'No.' } });
}

export function sendJson(response: ServerResponse, { status, json }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
}

function writeEndlessly(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  const chunk = ' '.repeat(64 * 1024);
  const write = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', write);
  write();
}
