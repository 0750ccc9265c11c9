import type { Clock } from '../clock.ts';
import { BoundedMap } from './bounded-map.ts';
import { LeasedQuota, type QuotaPolicy } from './leased-quota.ts';
import type { QuotaStore } from './quota-window.ts';

/** Something that is used up, and by whom. */
export interface QuotaUse {
  readonly subject: string;
  readonly policy: QuotaPolicy;
}

export interface QuotaState {
  readonly policy: QuotaPolicy;
  readonly remaining: number;
  readonly resetMs: number;
}

export interface QuotaVerdict {
  /** The first of the quotas that has too little left; undefined when all had enough and were charged. */
  readonly refusedBy: QuotaState | undefined;
  /** In the order of the uses. */
  readonly states: readonly QuotaState[];
}

/**
 * Counts what subjects use, together with every process on the same store. A request is charged to units this process
 * drew beforehand, in memory; only when they run out is the store asked, for many at once.
 */
export class SharedQuotas {
  readonly #store: QuotaStore;
  readonly #clock: Clock;
  readonly #leases = new BoundedMap<string, LeasedQuota>(20_000);

  constructor(store: QuotaStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Charges every one of the uses, or, when one of them has too little left, none. */
  async take(uses: readonly QuotaUse[], units: number): Promise<QuotaVerdict> {
    const leases = uses.map((use) => this.#leaseOf(use));
    const verdict = this.#decide(leases, units);
    if (verdict !== undefined) return verdict;
    for (const lease of leases) lease.beginWaiting(units);
    try {
      return await this.#decideAfterDraws(leases, units);
    } finally {
      for (const lease of leases) lease.endWaiting(units);
    }
  }

  /** The first of the quotas that this process knows to be used up, without asking anybody. */
  findSpent(uses: readonly QuotaUse[]): QuotaState | undefined {
    const now = this.#clock.now().getTime();
    const spent = uses
      .map(({ subject }) => this.#leases.get(subject))
      .find((lease) => lease?.has(1, now) === false && lease.isDry(now));
    return spent === undefined ? undefined : stateOf(spent, now);
  }

  #leaseOf({ subject, policy }: QuotaUse): LeasedQuota {
    const known = this.#leases.get(subject);
    if (known !== undefined) return known;
    const lease = new LeasedQuota(subject, policy);
    this.#leases.set(subject, lease);
    return lease;
  }

  /** Undefined when it takes a draw to know. */
  #decide(leases: readonly LeasedQuota[], units: number): QuotaVerdict | undefined {
    const now = this.#clock.now().getTime();
    const short = leases.filter((lease) => !lease.has(units, now));
    const dry = short.find((lease) => lease.isDry(now));
    if (dry === undefined && short.length > 0) return undefined;
    if (dry === undefined) for (const lease of leases) lease.spend(units);
    return {
      refusedBy: dry === undefined ? undefined : stateOf(dry, now),
      states: leases.map((lease) => stateOf(lease, now)),
    };
  }

  /** Each draw brings enough or shows that there is no more, unless somebody else was quicker. */
  async #decideAfterDraws(leases: readonly LeasedQuota[], units: number): Promise<QuotaVerdict> {
    for (;;) {
      const now = this.#clock.now().getTime();
      await this.#draw(
        leases.filter((lease) => !lease.has(units, now)),
        now,
      );
      const verdict = this.#decide(leases, units);
      if (verdict !== undefined) return verdict;
    }
  }

  /** One draw at a time for each subject: who comes meanwhile waits for it, and if it was too little asks for all that wait. */
  async #draw(short: readonly LeasedQuota[], now: number): Promise<void> {
    const idle = short.filter(({ drawing }) => drawing === undefined);
    if (idle.length > 0) {
      const drawing = this.#fill(idle, now).finally(() => {
        for (const lease of idle) lease.drawing = undefined;
      });
      for (const lease of idle) lease.drawing = drawing;
    }
    await Promise.all(short.map(({ drawing }) => drawing));
  }

  async #fill(leases: readonly LeasedQuota[], now: number): Promise<void> {
    const draws = leases.map((lease) => ({ subject: lease.subject, units: lease.wanted() }));
    const drawn = await this.#store.draw(draws, now);
    for (const [index, lease] of leases.entries()) {
      const own = drawn[index];
      if (own === undefined) throw new Error('A draw was not answered.');
      lease.receive(own, draws[index]?.units ?? 0);
    }
  }
}

function stateOf(lease: LeasedQuota, now: number): QuotaState {
  return { policy: lease.policy, remaining: lease.remaining(now), resetMs: lease.resetMs(now) };
}
