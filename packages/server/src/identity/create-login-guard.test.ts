import { beforeEach, describe, expect, test } from 'vitest';
import { PrecertError } from '../platform/errors.ts';
import { createMemoryQuotaStore } from '../platform/rate-limits/memory-quota-store.ts';
import { SharedQuotas } from '../platform/rate-limits/shared-quotas.ts';
import { createLoginGuard } from './create-login-guard.ts';
import { type LoginGuard, type LoginSource, logInUnderGuard } from './login-guard.ts';
import { mintToken } from './token.ts';

const failedLogins = 10;
let now: number;
let guard: LoginGuard;
beforeEach(() => {
  now = 1_000_000;
  const quotas = new SharedQuotas(createMemoryQuotaStore(), { now: () => new Date(now) });
  guard = createLoginGuard({ quotas, failedLogins, random: () => 0.5 });
});

const good = () => logIn({ address: '192.0.2.1', token: 'good' }, true);

/** What an attempt comes to. */
async function logIn(source: LoginSource, isRight: boolean): Promise<string> {
  try {
    return await logInUnderGuard(guard, source, async () => {
      if (isRight) return 'in';
      throw new PrecertError('unauthorized', 'Not you.');
    });
  } catch (error) {
    return error instanceof PrecertError ? error.code : 'defect';
  }
}

async function fail(times: number, source: LoginSource): Promise<readonly string[]> {
  const outcomes: string[] = [];
  for (let index = 0; index < times; index += 1) outcomes.push(await logIn(source, false));
  return outcomes;
}

const refusals = Array<string>(failedLogins).fill('unauthorized');

describe('an address', () => {
  test('has so many failures a minute, however the port or the host in its network changes', async () => {
    expect(await fail(failedLogins, { address: '2001:db8::1', token: 'x' })).toEqual(refusals);
    expect(await fail(1, { address: '[2001:db8::2]:50000', token: 'y' })).toEqual(['rate_limited']);
    expect(await fail(1, { address: '2001:db8:0:1::1', token: 'y' })).toEqual(['unauthorized']);
    now += 60_000;
    expect(await fail(1, { address: '2001:db8::1', token: 'x' })).toEqual(['unauthorized']);
  });

  test('over its limit has its tokens looked at no more, right ones neither', async () => {
    await fail(failedLogins + 1, { address: '192.0.2.1', token: 'x' });
    let lookedAt = false;
    await expect(
      logInUnderGuard(guard, { address: '192.0.2.1', token: 'unseen' }, async () => {
        lookedAt = true;
      }),
    ).rejects.toMatchObject({ code: 'rate_limited', retryAfterSeconds: 63 });
    expect(lookedAt).toBe(false);
  });

  test('over its limit lets in who was in before, until that token is refused', async () => {
    expect(await good()).toBe('in');
    await fail(failedLogins + 1, { address: '192.0.2.1', token: 'x' });
    expect(await good()).toBe('in');
    expect(await logIn({ address: '192.0.2.1', token: 'good' }, false)).toBe('rate_limited');
    let lookedAt = false;
    await logInUnderGuard(guard, { address: '192.0.2.1', token: 'good' }, async () => {
      lookedAt = true;
    }).catch(() => undefined);
    expect(lookedAt).toBe(false);
  });

  test('over its limit lets in signed sessions, and counts those that are wrong', async () => {
    await fail(failedLogins + 1, { address: '192.0.2.1', token: 'x' });
    expect(await logIn({ address: '192.0.2.1', token: 'head.body.signature' }, true)).toBe('in');
    expect(await logIn({ address: '192.0.2.1', token: 'head.body.wrong' }, false)).toBe('rate_limited');
  });
});

describe('a key', () => {
  test('is known by its beginning, or by the name that came with it', async () => {
    const token = mintToken('sandbox');
    const variants = Array.from({ length: failedLogins }, (_, index) => `${token.slice(0, 24)}${index}`);
    for (const [index, variant] of variants.entries())
      expect(await fail(1, { address: `192.0.2.${index}`, token: variant })).toEqual(['unauthorized']);
    expect(await fail(1, { address: '198.51.100.1', token })).toEqual(['rate_limited']);
    expect(await fail(1, { address: '198.51.100.1', token: mintToken('sandbox') })).toEqual(['unauthorized']);
    const named = (index: number) => ({
      address: `203.0.113.${index}`,
      token: `${index}`,
      key: 'ci_sandbox_x',
    });
    for (let index = 0; index < failedLogins; index += 1)
      expect(await fail(1, named(index))).toEqual(['unauthorized']);
    expect(await fail(1, named(99))).toEqual(['rate_limited']);
  });

  test('of signed sessions is none: all of an issuer’s begin alike', async () => {
    for (let index = 0; index < 2 * failedLogins; index += 1) {
      const source = { address: `192.0.2.${index}`, token: `head.body.${index}` };
      expect(await fail(1, source)).toEqual(['unauthorized']);
    }
  });
});

test('only wrong tokens count, and what fails otherwise is passed on', async () => {
  const failing = () =>
    logInUnderGuard(guard, { address: '192.0.2.1', token: 'x' }, async () => {
      throw new PrecertError('service_unavailable', 'The provider is away.');
    });
  for (let index = 0; index < 3 * failedLogins; index += 1)
    await expect(failing()).rejects.toMatchObject({ code: 'service_unavailable' });
  expect(await fail(failedLogins, { address: '192.0.2.1', token: 'x' })).toEqual(refusals);
});

test('without a guard an attempt is made as it is', async () => {
  expect(await logInUnderGuard(undefined, { address: '', token: undefined }, async () => 'in')).toBe('in');
});
