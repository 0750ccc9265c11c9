import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTurns } from './turns.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const failureOf = (taken: Promise<unknown>) =>
  taken.then(
    () => 'taken',
    ({ failure }) => failure,
  );

describe('turns', () => {
  it('go to whoever came first', async () => {
    const turns = createTurns(['a'], 5);
    expect(await turns.take(undefined)).toBe('a');
    const order: number[] = [];
    const [second, third] = [turns.take(1000), turns.take(undefined)];
    void second.then(() => order.push(2));
    void third.then(() => order.push(3));
    turns.giveBack('a');
    await second;
    turns.giveBack('a');
    await third;
    expect(order).toEqual([2, 3]);
  });

  it('are given up at the deadline, and go to the next then', async () => {
    const turns = createTurns(['a'], 5);
    await turns.take(undefined);
    const [late, patient] = [failureOf(turns.take(1000)), turns.take(undefined)];
    await vi.advanceTimersByTimeAsync(1000);
    expect(await late).toBe('busy');
    turns.giveBack('a');
    expect(await patient).toBe('a');
  });

  it('are refused when too many wait with a deadline; who has none bounds itself', async () => {
    const turns = createTurns(['a'], 1);
    await turns.take(undefined);
    const waiting = [turns.take(undefined), failureOf(turns.take(1000))];
    expect(await failureOf(turns.take(1000))).toBe('busy');
    waiting.push(turns.take(undefined));
    for (const turn of waiting) {
      turns.giveBack('a');
      await turn;
    }
    expect(await waiting[1]).toBe('taken');
  });

  it('end for all who wait when closed', async () => {
    const turns = createTurns(['a'], 5);
    await turns.take(undefined);
    const waiting = [failureOf(turns.take(1000)), failureOf(turns.take(undefined))];
    turns.close();
    expect(await Promise.all(waiting)).toEqual(['closed', 'closed']);
    expect(await failureOf(turns.take(undefined))).toBe('closed');
  });
});
