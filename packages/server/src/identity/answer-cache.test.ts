import { describe, expect, test } from 'vitest';
import { AnswerCache } from './answer-cache.ts';

/** A cache of texts, and how often each was asked for. */
function createCache(
  options: { readonly pendingMs?: number; readonly lifetimeMs?: (answer: string) => number } = {},
) {
  let now = 1_000_000;
  const asked: string[] = [];
  const cache = new AnswerCache<string>({
    clock: { now: () => new Date(now) },
    pendingMs: options.pendingMs ?? 500,
    lifetimeMs: options.lifetimeMs ?? (() => 1_000),
  });
  const get = (key: string, answer: () => Promise<string> = async () => key) =>
    cache.get(key, () => {
      asked.push(key);
      return answer();
    });
  return {
    get,
    asked,
    advance: (milliseconds: number) => {
      now += milliseconds;
    },
  };
}

describe('an answer', () => {
  test('is asked for once while it is under way, and kept for its time', async () => {
    const { get, asked, advance } = createCache();
    await Promise.all([get('a'), get('a'), get('b')]);
    advance(999);
    expect(await get('a')).toBe('a');
    expect(asked).toEqual(['a', 'b']);
    advance(1);
    await get('a');
    expect(asked).toEqual(['a', 'b', 'a']);
  });

  test('is kept from the asking on, not from the answering', async () => {
    const { get, asked, advance } = createCache();
    const { promise, resolve } = Promise.withResolvers<string>();
    const first = get('slow', () => promise);
    advance(400);
    resolve('late');
    expect(await first).toBe('late');
    advance(599);
    await get('slow');
    advance(1);
    await get('slow');
    expect(asked).toHaveLength(2);
  });

  test('that takes too long is asked for again', async () => {
    const { get, asked, advance } = createCache();
    void get('slow', () => new Promise(() => undefined));
    advance(500);
    expect(await get('slow')).toBe('slow');
    expect(asked).toHaveLength(2);
  });

  test('may have a time of its own', async () => {
    const { get, asked, advance } = createCache({ lifetimeMs: (answer) => (answer === 'bad' ? 10 : 30) });
    await Promise.all([get('bad'), get('good')]);
    advance(10);
    await Promise.all([get('bad'), get('good')]);
    expect(asked).toEqual(['bad', 'good', 'bad']);
  });

  test('that failed is nobody’s answer', async () => {
    const { get, asked } = createCache();
    const failing = async () => {
      throw new Error('No.');
    };
    await expect(get('a', failing)).rejects.toThrow('No.');
    expect(await get('a')).toBe('a');
    expect(asked).toHaveLength(2);
  });

  test('is asked for again when the clock was set back', async () => {
    const { get, asked, advance } = createCache();
    await get('a');
    advance(-1);
    await get('a');
    expect(asked).toHaveLength(2);
  });

  test('that is the oldest of ten thousand makes room for another', async () => {
    const { get, asked } = createCache();
    for (let index = 0; index <= 10_000; index += 1) await get(`key ${index}`);
    asked.length = 0;
    await get('key 1');
    await get('key 10000');
    expect(asked).toEqual([]);
    await get('key 0');
    expect(asked).toEqual(['key 0']);
  });
});
