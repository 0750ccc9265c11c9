import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { createServer as createTlsServer, getCACertificates, setDefaultCACertificates } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { selfSignedCertificate } from '../../../test/support/emr/self-signed-certificate.ts';
import { type HttpRequest, sendHttp } from './http-exchange.ts';

async function listen(server: ReturnType<typeof createTcpServer>): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  // A listening TCP server always has an AddressInfo.
  return (server.address() as AddressInfo).port;
}

function request(port: number, changes: Partial<HttpRequest> & { readonly scheme?: string } = {}) {
  const { scheme = 'http', ...rest } = changes;
  return sendHttp({
    method: 'POST',
    url: new URL(`${scheme}://127.0.0.1:${port}/Claim`),
    headers: {},
    body: '{}',
    timeoutMs: 20_000,
    maximumBytes: 1_000,
    signal: new AbortController().signal,
    ...rest,
  });
}

const answering = (listener: RequestListener) => listen(createServer(listener));

test('an answer comes with status, headers and body', async () => {
  const port = await answering((_incoming, outgoing) => {
    outgoing.writeHead(201, { location: 'Claim/1' });
    outgoing.end('done');
  });
  expect(await request(port)).toMatchObject({
    kind: 'answered',
    status: 201,
    headers: { location: 'Claim/1' },
    body: Buffer.from('done'),
  });
});

test('a redirect is an answer and is not followed', async () => {
  const paths: (string | undefined)[] = [];
  const port = await answering((incoming, outgoing) => {
    paths.push(incoming.url);
    outgoing.writeHead(307, { location: '/elsewhere' });
    outgoing.end();
  });
  expect(await request(port)).toMatchObject({ kind: 'answered', status: 307 });
  expect(paths).toEqual(['/Claim']);
});

test('nothing was sent when the connection is refused', async () => {
  const server = createTcpServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  expect(await request(port)).toEqual({ kind: 'not_sent', reason: 'The connection was refused.' });
});

test('nothing was sent when the other side speaks no TLS', async () => {
  let received = '';
  const server = createTcpServer((socket) =>
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    }),
  );
  const exchange = await request(await listen(server), { scheme: 'https', body: 'a claim' });
  expect(exchange).toMatchObject({ kind: 'not_sent' });
  expect(received.length).toBeGreaterThan(0);
  expect(received).not.toContain('a claim');
});

test('nothing was sent to a server whose certificate nobody vouches for', async () => {
  const server = createTlsServer(selfSignedCertificate(), (socket) => socket.on('error', () => undefined));
  const exchange = await request(await listen(server), { scheme: 'https' });
  expect(exchange).toEqual({ kind: 'not_sent', reason: 'The TLS connection could not be made.' });
});

test('nobody knows what became of a request once the TLS handshake is done', async () => {
  const certificate = selfSignedCertificate();
  const usual = getCACertificates('default');
  setDefaultCACertificates([certificate.cert]);
  onTestFinished(() => setDefaultCACertificates(usual));
  const server = createTlsServer(certificate, (socket) => socket.on('data', () => socket.destroy()));
  const exchange = await request(await listen(server), { scheme: 'https' });
  expect(exchange).toEqual({ kind: 'no_answer', reason: 'The connection broke off.' });
});

test('nothing was sent when the TLS handshake takes too long', async () => {
  const port = await listen(createTcpServer());
  const exchange = await request(port, { scheme: 'https', timeoutMs: 100 });
  expect(exchange).toEqual({ kind: 'not_sent', reason: 'It took too long.' });
});

test('nothing was sent when the signal was aborted before, or Node refuses a header', async () => {
  expect(await request(1, { signal: AbortSignal.abort() })).toMatchObject({ kind: 'not_sent' });
  expect(await request(1, { headers: { authorization: 'a\r\nb' } })).toMatchObject({ kind: 'not_sent' });
});

test.each([
  ['breaks off without an answer', (socket: Socket) => socket.resetAndDestroy()],
  ['ends without an answer', (socket: Socket) => socket.end()],
  [
    'breaks off within the answer',
    (socket: Socket) => socket.end('HTTP/1.1 201 C\r\ncontent-length: 9\r\n\r\nab'),
  ],
  ['answers in no HTTP', (socket: Socket) => socket.end('\x00\x01\x02 hello\r\n\r\n')],
  ['answers with too much', (socket: Socket) => socket.end(`HTTP/1.1 200 O\r\n\r\n${'x'.repeat(1_001)}`)],
  [
    'answers with endless headers',
    (socket: Socket) => socket.end(`HTTP/1.1 200 O\r\na: ${'x'.repeat(99_999)}`),
  ],
])('nobody knows what became of a request when the connection %s', async (_, play) => {
  const port = await listen(
    createTcpServer((socket) => socket.on('data', () => play(socket)).on('error', () => {})),
  );
  expect(await request(port)).toEqual({ kind: 'no_answer', reason: expect.stringMatching(/^The /) });
});

test('nobody knows what became of a request that is given up on its way', async () => {
  const abort = new AbortController();
  const port = await answering(() => abort.abort());
  const exchange = await request(port, { signal: abort.signal });
  expect(exchange).toEqual({ kind: 'no_answer', reason: 'The call was given up.' });
  const silent = await answering(() => undefined);
  expect(await request(silent, { timeoutMs: 500 })).toEqual({
    kind: 'no_answer',
    reason: 'It took too long.',
  });
});

test('a create does not go over a connection that was used before', async () => {
  const ports = new Set<number | undefined>();
  const port = await answering((incoming, outgoing) => {
    ports.add(incoming.socket.remotePort);
    outgoing.end('{}');
  });
  for (let round = 0; round < 3; round += 1) await request(port);
  expect(ports.size).toBe(3);
});
