import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { createOutbound } from './outbound.ts';
import type { OutboundRequest } from './pinned-request.ts';
import { expiredCertificate, goodCertificate, testAuthority } from './testing/certificates.ts';

const request: OutboundRequest = {
  method: 'POST',
  headers: {},
  body: '{}',
  connectTimeoutMs: 2_000,
  totalTimeoutMs: 5_000,
  maximumAnswerBytes: 1_000,
};

let running: Server | undefined;
afterEach(() => {
  running?.closeAllConnections();
  running?.close();
});

/** Answers with the name it was asked for (SNI) and the Host header. */
async function listen(options: { cert: string; key: string; maxVersion?: 'TLSv1.1' }): Promise<number> {
  const server = createServer(
    { ...options, minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' },
    (incoming, answer) => {
      // The server is an HTTPS one.
      const { servername } = incoming.socket as TLSSocket & { servername?: string | false };
      answer.end(`${servername} ${incoming.headers.host}`);
    },
  );
  running = server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const toHere = (certificateAuthorities?: readonly string[]) =>
  createOutbound({ allowPrivate: true, resolve: async () => ['127.0.0.1'], certificateAuthorities });

describe('a call over TLS', () => {
  test('goes to the judged address under the name the customer wrote', async () => {
    const port = await listen(goodCertificate);
    const answer = await toHere([testAuthority]).send(`https://receiver.example:${port}/`, request);
    expect(String(answer.body)).toBe(`receiver.example receiver.example:${port}`);
  });

  test.each([
    ['signed by an unknown authority', goodCertificate, 'receiver.example', undefined],
    ['past its time', expiredCertificate, 'receiver.example', [testAuthority]],
    ['for another name', goodCertificate, 'other.example', [testAuthority]],
    ['for no address', goodCertificate, '127.0.0.1', [testAuthority]],
  ] as const)('is not made to a certificate %s', async (_name, certificate, host, authorities) => {
    const port = await listen(certificate);
    const sent = toHere(authorities).send(`https://${host}:${port}/`, request);
    await expect(sent).rejects.toMatchObject({ failure: 'tls_failed' });
  });

  test('is not made in TLS 1.1, nor to a port that speaks no TLS', async () => {
    const port = await listen({ ...goodCertificate, maxVersion: 'TLSv1.1' });
    const sent = toHere([testAuthority]).send(`https://receiver.example:${port}/`, request);
    await expect(sent).rejects.toMatchObject({ failure: 'tls_failed' });
  });
});

test('neither a proxy nor laxer certificates of the environment count', async () => {
  const port = await listen(goodCertificate);
  const script = `
    import { createOutbound } from '${import.meta.dirname}/outbound.ts';
    const outbound = createOutbound({ allowPrivate: true, resolve: async () => ['127.0.0.1'] });
    const request = ${JSON.stringify({ ...request, totalTimeoutMs: 2_000 })};
    for (const url of ['https://receiver.example:${port}/', 'http://127.0.0.1:9/'])
      await outbound.send(url, request).catch((error) => console.log(error.failure));`;
  const proxy = 'http://127.0.0.1:7';
  const environment = {
    NODE_USE_ENV_PROXY: '1',
    HTTP_PROXY: proxy,
    HTTPS_PROXY: proxy,
    http_proxy: proxy,
    https_proxy: proxy,
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
  };
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  child.stdout.on('data', (bytes) => {
    output += String(bytes);
  });
  await new Promise((resolve) => child.once('close', resolve));
  // Behind the proxy both would be refused; with lax certificates the first would succeed.
  expect(output.trim().split('\n')).toEqual(['tls_failed', 'connection_refused']);
});
