import { type CryptoKey, createLocalJWKSet, errors, type JWSHeaderParameters } from 'jose';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/observability/logger.ts';
import { ProviderFailure } from './provider-failure.ts';

/** The public keys of an issuer (RFC 7517), kept and renewed. */
export interface IssuerKeys {
  /**
   * @param header of a token whose algorithm has been checked
   * @returns undefined when the issuer has no such key
   * @throws ProviderFailure when that cannot be known now
   */
  find(header: JWSHeaderParameters): Promise<CryptoKey | undefined>;
}

type KeySet = ReturnType<typeof createLocalJWKSet>;

/** A key the issuer withdraws is refused within this time, as long as the issuer can be asked. */
const freshMs = 5 * 60 * 1000;
/** An issuer that cannot be asked is believed this long; then a withdrawn key could be anybody's. */
const staleMs = 24 * 60 * 60 * 1000;
/** Between two requests for the set, whatever tokens say: they come from strangers, who can make up key ids. */
const cooldownMs = 30 * 1000;
/** The same while there is no set at all, where nothing works before the first answer. */
const firstCooldownMs = 1000;

/** @param fetchKeySet asks the issuer; throws ProviderFailure */
export function createIssuerKeys(dependencies: {
  readonly fetchKeySet: () => Promise<unknown>;
  readonly clock: Clock;
  readonly logger: Logger;
}): IssuerKeys {
  const { fetchKeySet, clock, logger } = dependencies;
  let keys: { readonly set: KeySet; readonly fetchedAt: number } | undefined;
  let lastAsked = Number.NEGATIVE_INFINITY;
  let lastFailure: ProviderFailure | undefined;
  let underWay: Promise<void> | undefined;

  async function refresh(): Promise<void> {
    try {
      const set = parseKeySet(await fetchKeySet());
      keys = { set, fetchedAt: clock.now().getTime() };
      lastFailure = undefined;
    } catch (error) {
      lastFailure =
        error instanceof ProviderFailure ? error : new ProviderFailure('unavailable', { cause: error });
      logger.error(
        { err: lastFailure, reason: lastFailure.reason },
        'keys of the token issuer not refreshed',
      );
    } finally {
      underWay = undefined;
    }
  }

  /** Asks the issuer unless it was asked just now; whoever comes meanwhile waits for the same answer. */
  async function refreshWithinBounds(): Promise<void> {
    const now = clock.now().getTime();
    const pause = keys === undefined ? firstCooldownMs : cooldownMs;
    if (underWay === undefined && Math.abs(now - lastAsked) >= pause) {
      lastAsked = now;
      underWay = refresh();
    }
    await underWay;
  }

  function age(): number {
    return keys === undefined ? Number.POSITIVE_INFINITY : Math.abs(clock.now().getTime() - keys.fetchedAt);
  }

  return {
    async find(header) {
      if (age() >= freshMs) await refreshWithinBounds();
      if (keys === undefined || age() >= staleMs) throw lastFailure ?? new ProviderFailure('unavailable');
      const known = await findKey(keys.set, header);
      if (known !== undefined) return known;
      await refreshWithinBounds();
      const found = await findKey(keys.set, header);
      // The key may be in the set that could not be had.
      if (found === undefined && lastFailure !== undefined) throw lastFailure;
      return found;
    },
  };
}

function parseKeySet(json: unknown): KeySet {
  try {
    // jose checks the shape itself.
    return createLocalJWKSet(json as Parameters<typeof createLocalJWKSet>[0]);
  } catch (error) {
    throw new ProviderFailure('malformed_answer', { cause: error });
  }
}

async function findKey(set: KeySet, header: JWSHeaderParameters): Promise<CryptoKey | undefined> {
  try {
    return await set(header);
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return undefined;
    // Two keys of one id, or one that is no key: the issuer's fault, and nobody's pass.
    throw new ProviderFailure('malformed_answer', { cause: error });
  }
}
