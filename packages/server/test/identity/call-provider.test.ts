import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callProvider } from '../../src/identity/external/call-provider.ts';
import { type Misbehaviour, misbehave, sendJson } from '../support/identity/misbehaviour.ts';

let how: Misbehaviour | undefined;
let bytesSent = 0;
const server = createServer((request, response) => {
  response.on('close', () => {
    bytesSent = response.socket?.bytesWritten ?? 0;
  });
  if (how === undefined || request.url === '/keys') sendJson(response, { status: 200, json: { keys: [] } });
  else misbehave(response, how, url);
});
let url: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** With more time than any test has, so that it is not the clock that ends the call. */
function call(answer: Misbehaviour | undefined, timeoutMs = 3_600_000): Promise<unknown> {
  how = answer;
  return callProvider({ url: `${url}/asked`, timeoutMs });
}

describe('a call of an identity provider', () => {
  test('gives the JSON of a good answer', async () => {
    expect(await call(undefined)).toEqual({ keys: [] });
  });

  test.each([
    ['endless', 'malformed_answer'],
    ['garbage', 'malformed_answer'],
    ['empty', 'malformed_answer'],
    ['redirect', 'unavailable'],
    ['reset', 'unavailable'],
    [302, 'unavailable'],
    [401, 'credential_refused'],
    [403, 'credential_refused'],
    [404, 'request_refused'],
    [422, 'request_refused'],
    [429, 'rate_limited'],
    [500, 'unavailable'],
  ] as const)('that goes wrong (%s) says how: %s', async (answer, reason) => {
    await expect(call(answer)).rejects.toMatchObject({ name: 'ProviderFailure', reason });
  });

  test('reads a quarter of a megabyte at most', async () => {
    await expect(call('endless')).rejects.toThrow();
    await expect.poll(() => bytesSent).toBeGreaterThan(256 * 1024);
    expect(bytesSent).toBeLessThan(16 * 1024 * 1024);
  });

  test('ends when its time is over', async () => {
    await expect(call('hang', 20)).rejects.toMatchObject({ reason: 'unavailable' });
  });

  test('waits as long as it is told after too many, and a minute at most', async () => {
    await expect(call(429)).rejects.toMatchObject({ retryAfterSeconds: 7 });
  });
});
