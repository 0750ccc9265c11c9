import { describe, expect, it } from 'vitest';
import { createLogger } from '../observability/logger.ts';
import { keepLease } from './keep-lease.ts';

const logger = createLogger({ level: 'silent' });

/** A lease of a minute whose timer a test fires by hand. */
function manualLease(extend: () => Promise<boolean>) {
  const timer = { everyMs: 0, fire: () => {}, isStopped: false };
  const lease = keepLease(extend, 60, logger, (everyMs, work) => {
    Object.assign(timer, { everyMs, fire: work });
    return () => {
      timer.isStopped = true;
    };
  });
  return { lease, timer };
}

const settled = () => new Promise(setImmediate);

describe('keepLease', () => {
  it('renews four times in the time of a lease, until it is stopped', () => {
    const { lease, timer } = manualLease(async () => true);
    expect(timer.everyMs).toBe(15_000);
    lease.stop();
    expect(timer.isStopped).toBe(true);
  });

  it('tells that the lease has passed to somebody else', async () => {
    const { lease, timer } = manualLease(async () => false);
    expect(lease.lost.aborted).toBe(false);
    timer.fire();
    await settled();
    expect(lease.lost.aborted).toBe(true);
  });

  it('takes a failed renewal for nothing but a reason to try again', async () => {
    const answers = [() => Promise.reject(new Error('the database is away')), async () => true];
    const { lease, timer } = manualLease(() => answers.shift()?.() ?? Promise.resolve(false));
    timer.fire();
    await settled();
    timer.fire();
    await settled();
    expect(lease.lost.aborted).toBe(false);
    expect(answers).toEqual([]);
  });

  it('sends no second renewal while one is under way', () => {
    let renewals = 0;
    const { timer } = manualLease(() => {
      renewals += 1;
      return new Promise(() => {});
    });
    timer.fire();
    timer.fire();
    expect(renewals).toBe(1);
  });
});
