import { afterEach, expect, test } from 'vitest';
import { healthRoute, readyRoute } from '../src/health-route.ts';
import { createHttpServer } from '../src/platform/http/create-http-server.ts';
import { createLogger } from '../src/platform/observability/logger.ts';

let app: ReturnType<typeof createHttpServer>;
afterEach(() => app.close());

const writable = { assertWritable: () => undefined };

async function serve(
  ping: (timeoutMs: number) => Promise<boolean>,
  isAvailable: () => Promise<boolean> = async () => true,
  audit: { assertWritable(): void } = writable,
): Promise<void> {
  app = createHttpServer({ logger: createLogger({ level: 'silent' }) });
  healthRoute(app);
  readyRoute(app, { ping }, { isAvailable }, audit);
  await app.listen({ host: '127.0.0.1', port: 0 });
}

const get = (url: string) => app.inject({ method: 'GET', url });

test('a server is ready while its database answers within two seconds', async () => {
  let patience: number | undefined;
  await serve(async (timeoutMs) => {
    patience = timeoutMs;
    return true;
  });
  const answer = await get('/ready');
  expect([answer.statusCode, answer.json(), patience]).toEqual([200, { status: 'ready' }, 2_000]);
});

test('a server whose database does not answer is alive and not ready, and says no more than that', async () => {
  await serve(async () => false);
  expect((await get('/health')).statusCode).toBe(200);
  const answer = await get('/ready');
  expect(answer.statusCode).toBe(503);
  expect(answer.json()).toEqual({
    code: 'service_unavailable',
    message: 'The server is not ready.',
    requestId: expect.any(String),
    retryable: true,
  });
});

test('a server that was told to stop is not ready', async () => {
  await serve(async () => true);
  app.readiness.beginStopping();
  expect((await get('/ready')).statusCode).toBe(503);
});

test('a server whose audit trail cannot be written is not ready, and does not say why', async () => {
  await serve(
    async () => true,
    async () => true,
    {
      assertWritable() {
        throw new Error('no space left on device');
      },
    },
  );
  const answer = await get('/ready');
  expect([answer.statusCode, answer.json().message]).toEqual([503, 'The server is not ready.']);
});
