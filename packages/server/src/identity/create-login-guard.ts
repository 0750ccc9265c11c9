import { hash } from 'node:crypto';
import { rateLimited } from '../platform/http/limit-rate.ts';
import { BoundedMap } from '../platform/rate-limits/bounded-map.ts';
import { quotaPolicy } from '../platform/rate-limits/leased-quota.ts';
import type { QuotaUse, SharedQuotas } from '../platform/rate-limits/shared-quotas.ts';
import { sourceOfAddress } from '../platform/rate-limits/source-address.ts';
import type { LoginGuard, LoginSource } from './login-guard.ts';

export interface LoginGuardDependencies {
  readonly quotas: SharedQuotas;
  /** Refusals a minute, for each address and each key. */
  readonly failedLogins: number;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** Tokens remembered as live, so that a neighbour's mistakes do not lock their callers out. */
const rememberedTokens = 10_000;

/**
 * Counts refused tokens by address and by the beginning of the key. Over the limit nothing from there is looked at any
 * more, except tokens that this process has seen to be live: several systems may share an address, and one with a
 * revoked key must not stop the others.
 */
export function createLoginGuard({ quotas, failedLogins, random }: LoginGuardDependencies): LoginGuard {
  // Few draws, many units each: exactness is worth less here than sparing the database.
  const policy = quotaPolicy('failed-logins', failedLogins, 10);
  const live = new BoundedMap<string, true>(rememberedTokens);

  function usesOf({ address, token, key: named }: LoginSource): readonly QuotaUse[] {
    const subjects = [`address:${sourceOfAddress(address)}`];
    const key = named ?? (token === undefined ? undefined : beginningOf(token));
    if (key !== undefined) subjects.push(`key:${key}`);
    return subjects.map((subject) => ({ subject, policy }));
  }

  return {
    admit(source) {
      const spent = quotas.findSpent(usesOf(source));
      if (spent === undefined || (source.token !== undefined && live.has(digestOf(source.token)))) return;
      throw rateLimited(spent, random);
    },
    async onRefused(source) {
      if (source.token !== undefined) live.delete(digestOf(source.token));
      const { refusedBy } = await quotas.take(usesOf(source), 1);
      if (refusedBy !== undefined) throw rateLimited(refusedBy, random);
    },
    onAccepted({ token }) {
      if (token !== undefined) live.set(digestOf(token), true);
    },
  };
}

/** Enough of an opaque key to tell it from others. Signed sessions have none: all of an issuer's begin alike. */
function beginningOf(token: string): string | undefined {
  return /^(?:precert_(?:sandbox|production)_[0-9A-Za-z]{8}|sk_[0-9A-Za-z_]{16})/.exec(token)?.[0];
}

/** Stays in memory, of tokens nobody can guess: no key is needed. */
function digestOf(token: string): string {
  return hash('sha256', token, 'base64');
}
