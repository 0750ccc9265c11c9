import { PassThrough } from 'node:stream';
import { describe, expect, test, vi } from 'vitest';
import { createDemoServer, createGate, listen } from './testing/demo-server.ts';
import { RawConnection } from './testing/raw-connection.ts';

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

describe('stopping', () => {
  test('answers what runs, closes what idles, and takes nothing new', async () => {
    const gate = createGate();
    const app = createDemoServer({ gate });
    expect(app.readiness.phase).toBe('starting');
    const port = await listen(app);
    expect(app.readiness.phase).toBe('ready');
    const idle = new RawConnection(port).send(get('/v1/pages'));
    await idle.answers(1);
    const silent = new RawConnection(port);
    const running = new RawConnection(port).send(get('/v1/slow'));
    await gate.entered;

    const stopped = app.close();
    await Promise.all([idle.closed, silent.closed]);
    expect(app.readiness.phase).toBe('stopping');
    const refused = new RawConnection(port).send(get('/v1/pages'));
    await refused.closed;
    expect(refused.received).toBe('');

    gate.open();
    const [answer] = await running.answers(1);
    expect([answer?.status, answer?.body, answer?.headers.get('connection')]).toEqual([
      200,
      '{"done":true}',
      'close',
    ]);
    await Promise.all([running.closed, stopped]);
  });

  test('closes a connection whose answer was under way as soon as it is sent', async () => {
    const app = createDemoServer();
    const body = new PassThrough();
    app.get('/v1/streamed', (_request, reply) => reply.header('content-length', 4).send(body));
    const connection = new RawConnection(await listen(app)).send(get('/v1/streamed'));
    body.write('ab');
    await vi.waitFor(() => expect(connection.received).toMatch(/ab$/));
    const stopped = app.close();
    body.end('cd');
    await Promise.all([connection.closed, stopped]);
    expect((await connection.answers(1))[0]?.body).toBe('abcd');
  }, 5_000);

  test('cuts what does not end within the grace period', async () => {
    const gate = createGate();
    const app = createDemoServer({ gate, limits: { stopGraceMs: 100 } });
    const hanging = new RawConnection(await listen(app)).send(get('/v1/slow'));
    await gate.entered;
    await app.close();
    await hanging.closed;
    expect(hanging.received).toBe('');
    gate.open();
  });

  test('can be announced before it begins, while requests are still answered', async () => {
    const app = createDemoServer();
    const port = await listen(app);
    app.readiness.beginStopping();
    const connection = new RawConnection(port).send(get('/v1/pages'));
    const [answer] = await connection.answers(1);
    expect([answer?.status, answer?.headers.get('connection'), app.readiness.phase]).toEqual([
      200,
      'close',
      'stopping',
    ]);
    await app.close();
  });
});
