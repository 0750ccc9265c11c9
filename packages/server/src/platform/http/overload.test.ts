import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { createLogger } from '../observability/logger.ts';
import { createHttpServer, type HttpServer } from './create-http-server.ts';
import { listen } from './testing/demo-server.ts';

/** What stands behind the handlers: so many at once, each so long. The rest waits in line. */
const atOnce = 4;
const workMs = 200;
const capacity = (atOnce * 1_000) / workMs;
const overload = 5;
const seconds = 4;
/** Nobody waits longer for an answer; one that comes later is worth nothing. */
const patienceMs = 1_500;

let app: HttpServer | undefined;
afterEach(() => app?.close());

function createBackend(): () => Promise<void> {
  let free = atOnce;
  const line: (() => void)[] = [];
  return async () => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => line.push(resolve));
    await delay(workMs);
    const next = line.shift();
    if (next === undefined) free += 1;
    else next();
  };
}

interface Outcome {
  readonly status: number;
  readonly ms: number;
  readonly retryAfter: string | null;
}

/** Status 0: the client lost patience. */
async function get(url: string): Promise<Outcome> {
  const startedAt = performance.now();
  const ended = (status: number, retryAfter: string | null): Outcome => ({
    status,
    ms: performance.now() - startedAt,
    retryAfter,
  });
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(patienceMs) });
    await answer.arrayBuffer();
    return ended(answer.status, answer.headers.get('retry-after'));
  } catch {
    return ended(0, null);
  }
}

/** Requests at a steady rate, however slow the answers are; and probes beside them. */
async function runLoad(port: number): Promise<{ requests: readonly Outcome[]; probes: readonly Outcome[] }> {
  const requests: Promise<Outcome>[] = [];
  const probes: Promise<Outcome>[] = [];
  const startedAt = performance.now();
  for (let elapsed = 0; elapsed < seconds * 1_000; elapsed = performance.now() - startedAt) {
    const due = Math.floor((elapsed / 1_000) * capacity * overload);
    while (requests.length < due) requests.push(get(`http://127.0.0.1:${port}/work`));
    if (probes.length < elapsed / 100) probes.push(get(`http://127.0.0.1:${port}/probe`));
    await delay(5);
  }
  return { requests: await Promise.all(requests), probes: await Promise.all(probes) };
}

/** What can be done on this machine while nobody asks for more, a second. */
async function measurePeak(port: number): Promise<number> {
  const endsAt = performance.now() + 2_000;
  let served = 0;
  const client = async () => {
    while (performance.now() < endsAt) {
      await get(`http://127.0.0.1:${port}/work`);
      served += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, client));
  return served / 2;
}

async function start(concurrentRequests: number): Promise<number> {
  app = createHttpServer({
    logger: createLogger({ level: 'silent' }),
    limits: { concurrentRequests, stopGraceMs: 100 },
  });
  const work = createBackend();
  app.get('/work', async () => {
    await work();
    return { done: true };
  });
  app.get('/probe', { config: { lane: 'free' } }, async () => ({ up: true }));
  return listen(app);
}

function servedInTime(outcomes: readonly Outcome[]): number {
  return outcomes.filter(({ status }) => status === 200).length / seconds;
}

function median(outcomes: readonly Outcome[]): number {
  const sorted = outcomes.map(({ ms }) => ms).toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

test('at five times what it can do a server does nearly all it can, and refuses the rest at once', {
  timeout: 30_000,
}, async () => {
  const port = await start(2 * atOnce);
  const peak = await measurePeak(port);
  const { requests, probes } = await runLoad(port);
  const refusals = requests.filter(({ status }) => status === 503);
  expect(servedInTime(requests)).toBeGreaterThanOrEqual(0.8 * Math.min(peak, capacity));
  expect(requests.filter(({ status }) => ![0, 200, 503].includes(status))).toEqual([]);
  expect(refusals.length).toBeGreaterThan(requests.length / 2);
  expect(new Set(refusals.map(({ retryAfter }) => retryAfter))).toEqual(new Set(['1', '2', '3']));
  // Milliseconds on a machine that does nothing else.
  expect(median(refusals)).toBeLessThan(500);
  expect(median(probes)).toBeLessThan(500);
});

test('without a bound the same load is served too late', { timeout: 60_000 }, async () => {
  const { requests } = await runLoad(await start(10_000));
  expect(servedInTime(requests)).toBeLessThan(0.5 * capacity);
});
