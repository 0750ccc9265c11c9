import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createOutbound } from './outbound.ts';
import { OutboundError, OutboundRefusedError } from './outbound-errors.ts';
import type { OutboundRequest } from './pinned-request.ts';

/** A listener on every address of this machine that nobody may ever reach, or that answers as a test says. */
let canary: Server;
let port = 0;
let connections = 0;
let onConnection: (socket: Socket) => void = () => {};
const sockets = new Set<Socket>();

beforeAll(async () => {
  canary = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    onConnection(socket);
  });
  await new Promise<void>((resolve) => canary.listen(0, '::', resolve));
  const address = canary.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});

beforeEach(() => {
  connections = 0;
  onConnection = (socket) => socket.destroy();
});

afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise<void>((resolve) => canary.close(() => resolve()));
});

const request: OutboundRequest = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: '{}',
  connectTimeoutMs: 1_000,
  totalTimeoutMs: 2_000,
  maximumAnswerBytes: 1_000,
};

const publicAddress = '93.184.215.14';

/** Where a name of the table leads; every other name is public. */
const names: Readonly<Record<string, readonly string[]>> = {
  'loopback.example': ['127.0.0.1'],
  'loopback6.example': ['::1'],
  'private.example': ['10.0.0.1'],
  'metadata.example': ['169.254.169.254'],
  'mapped.example': ['::ffff:127.0.0.1'],
  'nat64.example': ['64:ff9b::7f00:1'],
  'unique-local.example': ['fd00::1'],
  'link-local.example': ['fe80::1'],
  'any.example': ['0.0.0.0'],
  'any6.example': ['::'],
  'mixed.example': [publicAddress, '127.0.0.1'],
  'mixed6.example': ['2606:4700:4700::1111', '::1'],
  'nowhere.example': [],
  localhost: ['127.0.0.1', '::1'],
  'localhost.localdomain': ['127.0.0.1'],
  internal: ['10.0.0.2'],
};

/** Strict, but for the port, so that the canary would hear of every mistake. */
function strict() {
  return createOutbound({
    allowPrivate: false,
    ports: [port, 443, 8443],
    resolve: async (host) => names[host] ?? [publicAddress],
  });
}

/** Hosts that lead to this machine or its network, in all the ways people have found to write them. */
const hosts = [
  ...['127.0.0.1', '127.1', '127.0.1', '127.0.0.2', '127.255.255.254', '0', '0.0.0.0', '0.0', '00000000.0'],
  ...['2130706433', '0x7f000001', '0x7f.1', '0x7f.0.0.1', '0X7F000001', '0x7f.0x0.0x0.0x1', '017700000001'],
  ...[
    '0177.0.0.1',
    '0177.1',
    '0177.0.0.01',
    '127.0.0.01',
    '127.00.0.1',
    '127.0.0.1.',
    '4294967295',
    '0xffffffff',
  ],
  ...['10.0.0.1', '10.1', '0xa.1', '012.0.0.1', '167772161', '172.16.0.1', '172.31.255.254', '192.168.0.1'],
  ...[
    '192.168.1',
    '0xc0a80001',
    '100.64.0.1',
    '169.254.169.254',
    '169.254.43518',
    '0xa9fea9fe',
    '2852039166',
  ],
  ...[
    '0251.0376.0251.0376',
    '192.0.0.1',
    '192.0.2.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
  ],
  ...['240.0.0.1', '255.255.255.255', '192.88.99.1'],
  ...[
    '[::1]',
    '[::]',
    '[0:0:0:0:0:0:0:1]',
    '[0000::0001]',
    '[::0001]',
    '[0::1]',
    '[::127.0.0.1]',
    '[::7f00:1]',
  ],
  ...[
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::FFFF:127.0.0.1]',
    '[0:0:0:0:0:ffff:7f00:1]',
    '[::ffff:10.0.0.1]',
  ],
  ...['[::ffff:169.254.169.254]', '[::ffff:a9fe:a9fe]', '[::ffff:0:127.0.0.1]', '[64:ff9b::127.0.0.1]'],
  ...['[64:ff9b::7f00:1]', '[64:ff9b:1::7f00:1]', '[2002:7f00:1::]', '[2002:a00:1::1]', '[2002:c0a8:1::1]'],
  ...[
    '[2001::1]',
    '[2001:0:7f00:1::]',
    '[2001:db8::1]',
    '[fc00::1]',
    '[fd00::1]',
    '[fe80::1]',
    '[fe80::1%25eth0]',
  ],
  ...['[fec0::1]', '[ff02::1]', '[100::1]', '[3fff::1]', '[5f00::1]'],
  ...Object.keys(names),
  ...['LOCALHOST', 'Localhost', 'localhost.', 'loopback.example.', 'LOOPBACK.example', 'loopback.example..'],
  ...['①②⑦.⓪.⓪.①', '127。0。0。1', 'ⓛocalhost', 'loca\u00adlhost', 'ｌｏｃａｌｈｏｓｔ', '127．0．0．1'],
  ...['%31%32%37.0.0.1', '%6cocalhost', 'loopback%2eexample', 'clinic.example%00', 'clínic.example'],
] as const;

/** What hides behind other parts of a URL; `HERE` becomes the canary's host and port. */
const urls = [
  'http://clinic.example/',
  'http://HERE/',
  'ftp://clinic.example/',
  'file:///etc/passwd',
  'gopher://HERE/',
  'javascript:alert(1)',
  'data:text/plain,x',
  'ws://HERE/',
  '//HERE/',
  'HERE',
  '',
  ' ',
  'https:',
  'https://',
  'https:///HERE/',
  'https:/HERE/',
  'https:HERE',
  'https://user@clinic.example/',
  'https://user:password@clinic.example/',
  'https://@clinic.example/',
  'https://:@clinic.example/',
  'https://clinic.example@HERE/',
  'https://clinic.example:443@HERE/',
  'https://clinic.example%40HERE/',
  'https://HERE\\@clinic.example/',
  'https://clinic.example\\@HERE/',
  'https:\\\\HERE/',
  'https://clinic.example/#@HERE/',
  'https://clinic.example#HERE',
  'https://cli\tnic.example/',
  'https://cli\nnic.example/',
  'https://clinic.example/\r\nHost: HERE',
  ' https://clinic.example/',
  'https://clinic.example/ ',
  'https://clinic.example/é',
  '\u0000https://clinic.example/',
  'https://clinic.example:22/',
  'https://clinic.example:80/',
  'https://clinic.example:444/',
  'https://clinic.example:6379/',
  'https://clinic.example:65536/',
  'https://clinic.example:-1/',
  'https://clinic.example:0/',
  'https://clinic.example:443:443/',
  'https://clinic.example:8443abc/',
  `https://clinic.example/${'x'.repeat(2_026)}`,
  'https://clinic..example/',
  'https://clinic!.example/',
  'https://.example/',
  'https://exa mple/',
] as const;

describe('what may not be called', () => {
  const refused = [
    ...hosts.map((host) => `https://${host}:PORT/`),
    ...urls.map((url) => url.replaceAll('HERE', '127.0.0.1:PORT')),
  ];

  test('is tried in many forms', () => {
    expect(new Set(refused).size).toBeGreaterThanOrEqual(120);
  });

  test.each(refused)(
    '%j is refused when it is registered and when it is called, and nobody is dialled',
    async (form) => {
      const url = form.replaceAll('PORT', String(port));
      await expect(strict().check(url)).rejects.toThrow(OutboundRefusedError);
      await expect(strict().send(url, request)).rejects.toMatchObject({
        failure: expect.stringMatching(/^(address_refused|name_not_resolved)$/),
      });
      expect(connections).toBe(0);
    },
  );

  test.each([
    'https://clinic.example',
    'https://clinic.example/',
    'https://Clinic.Example:443/a/b?c=d&e=%20',
    'https://clinic.example:8443/',
    'https://xn--clnic-zsa.example/',
    'https://93.184.215.14/',
    'https://[2606:4700:4700::1111]/',
    `https://clinic.example/${'x'.repeat(2_025)}`,
  ])('is not %j', async (url) => {
    await expect(strict().check(url)).resolves.toBeUndefined();
  });

  test('stays link-local and reserved where private addresses are allowed', async () => {
    const local = createOutbound({
      allowPrivate: true,
      resolve: async (host) => names[host] ?? [publicAddress],
    });
    for (const host of ['127.0.0.1:1', '10.0.0.1', '[::1]:8080', 'private.example', 'unique-local.example']) {
      await expect(local.check(`http://${host}/`)).resolves.toBeUndefined();
    }
    for (const host of [
      '169.254.169.254',
      '0.0.0.0',
      '[fe80::1]',
      '127.1',
      'metadata.example',
      'any.example',
    ]) {
      await expect(local.check(`http://${host}/`)).rejects.toThrow(OutboundRefusedError);
    }
  });
});

describe('a name that leads elsewhere each time', () => {
  test('is never dialled at an address that was not judged: 0 of 1,000', async () => {
    const answers = [[publicAddress], ['127.0.0.1'], ['::1'], [publicAddress, '127.0.0.1']];
    let asked = 0;
    const outbound = createOutbound({
      allowPrivate: false,
      ports: [port],
      // Public when it is registered, this machine when it is called, and both.
      resolve: async () => answers[asked++ % answers.length] ?? [],
    });
    const url = `https://rebinding.example:${port}/`;
    for (let round = 0; round < 1_000; round += 1) {
      if (asked % answers.length === 0) await expect(outbound.check(url)).resolves.toBeUndefined();
      else await expect(outbound.send(url, request)).rejects.toMatchObject({ failure: 'address_refused' });
    }
    expect(connections).toBe(0);
  });

  test('is asked once for a call, and the call goes to the answer that was judged', async () => {
    const asked: string[] = [];
    const outbound = createOutbound({
      allowPrivate: true,
      resolve: async (host) => {
        asked.push(host);
        return asked.length === 1 ? ['127.0.0.1'] : ['192.0.2.1'];
      },
    });
    const heads: string[] = [];
    onConnection = (socket) => {
      socket.on('data', (bytes) => {
        heads.push(String(bytes));
        socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
      });
    };
    const answer = await outbound.send(`http://pinned.example:${port}/in`, request);
    expect([answer.status, String(answer.body), answer.isComplete]).toEqual([200, 'ok', true]);
    expect(asked).toEqual(['pinned.example']);
    // The name the customer wrote, not the address.
    expect(heads[0]).toContain(`Host: pinned.example:${port}\r\n`);
  });

  test('and that no name server tells within five seconds is given up', { timeout: 10_000 }, async () => {
    const outbound = createOutbound({ allowPrivate: false, resolve: () => new Promise(() => {}) });
    await expect(outbound.check('https://silent.example/')).rejects.toThrow('cannot be resolved');
  });
});

describe('a call', () => {
  afterEach(async () => {
    // However a call ends, its connection does too.
    await expect.poll(() => sockets.size).toBe(0);
  });

  const local = createOutbound({ allowPrivate: true });
  const here = () => `http://127.0.0.1:${port}/`;
  const send = (change: Partial<OutboundRequest>) => local.send(here(), { ...request, ...change });
  const answering = (text: string) => (socket: Socket) => socket.once('data', () => socket.end(text));

  test('ends when its time is over, whether nothing comes or one byte a moment', async () => {
    const timers: NodeJS.Timeout[] = [];
    onConnection = (socket) => socket.resume();
    await expect(send({ totalTimeoutMs: 100 })).rejects.toMatchObject({ failure: 'timeout' });
    onConnection = (socket) => {
      socket.resume();
      timers.push(setInterval(() => socket.write('H'), 20));
      socket.on('close', () => timers.forEach(clearInterval));
    };
    await expect(send({ totalTimeoutMs: 100 })).rejects.toBeInstanceOf(OutboundError);
  });

  test('whose answer’s body takes too long has its status and no whole body', async () => {
    onConnection = (socket) =>
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\na beginning'));
    const answer = await send({ totalTimeoutMs: 200 });
    expect([answer.status, String(answer.body), answer.isComplete]).toEqual([200, 'a beginning', false]);
  });

  test('reads as much of an answer as it may', async () => {
    onConnection = answering(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(5_000)}`);
    const answer = await send({ maximumAnswerBytes: 1_000 });
    expect([answer.body.length, answer.isComplete]).toEqual([1_000, false]);
    onConnection = answering(`HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n${'x'.repeat(1_000)}`);
    expect((await send({ maximumAnswerBytes: 1_000 })).isComplete).toBe(true);
  });

  test('does not stop for a body that swells when it is unpacked: it is not unpacked', async () => {
    onConnection = answering(
      'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\n\x1f\x8b\x08\x00',
    );
    expect((await send({})).body.length).toBeLessThanOrEqual(8);
  });

  test.each([
    ['no HTTP', 'hello\r\n\r\n', 'invalid_answer'],
    [
      'HTTP with two lengths',
      'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
      'invalid_answer',
    ],
    ['a head without end', `HTTP/1.1 200 OK\r\na: ${'x'.repeat(20_000)}`, 'invalid_answer'],
    ['nothing', '', 'connection_failed'],
  ])('that is answered with %s has failed', async (_name, text, failure) => {
    onConnection = answering(text);
    await expect(send({})).rejects.toMatchObject({ failure });
  });

  test('follows nothing and switches to nothing', async () => {
    onConnection = answering(
      `HTTP/1.1 307 Temporary Redirect\r\nlocation: ${here()}again\r\ncontent-length: 0\r\n\r\n`,
    );
    expect(await send({})).toMatchObject({ status: 307 });
    expect(connections).toBe(1);
    onConnection = answering('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n');
    await expect(send({})).rejects.toBeInstanceOf(OutboundError);
  });

  test('to a closed port has failed, and one that its caller gives up ends', async () => {
    await expect(local.send('http://127.0.0.1:9/', request)).rejects.toMatchObject({
      failure: 'connection_refused',
    });
    onConnection = (socket) => socket.resume();
    await expect(send({ signal: AbortSignal.timeout(50) })).rejects.toBeInstanceOf(OutboundError);
  });
});
