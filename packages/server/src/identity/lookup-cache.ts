import type { Clock } from '../platform/clock.ts';
import { asSystem } from '../platform/database/database-scope.ts';

/** A found credential is trusted this long without asking again, so a revocation bites within a second. */
const trustedMs = 900;
const capacity = 10_000;

interface Entry<Found> {
  readonly found: Promise<Found | undefined>;
  readonly askedAt: number;
}

/** Remembers what a look-up of a credential gave, for less than a second; requests at the same time share one look-up. */
export class LookupCache<Found> {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry<Found>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  find(key: string, lookUp: (key: string) => Promise<Found | undefined>): Promise<Found | undefined> {
    const now = this.#clock.now().getTime();
    const cached = this.#entries.get(key);
    if (cached !== undefined && Math.abs(now - cached.askedAt) < trustedMs) return cached.found;
    if (this.#entries.size >= capacity) this.#entries.clear();
    // Who is calling is what this finds out, so there is no organization yet.
    const found = asSystem(() => lookUp(key));
    // A failed look-up must not be remembered as an answer.
    found.catch(() => this.#entries.delete(key));
    this.#entries.set(key, { found, askedAt: now });
    return found;
  }
}
