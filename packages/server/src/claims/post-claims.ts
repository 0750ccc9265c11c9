import type { AccountScope } from '../identity/claims-authentication.ts';
import { findAnyAccount } from '../linked-accounts/linked-account-queries.ts';
import { SealedValueError } from '../platform/encryption/sealed-value.ts';
import type { LeasedRow } from './claim-rows.ts';
import type { ClaimsContext } from './context.ts';
import { type PostingAccount, postClaim } from './post-claim.ts';
import { leaseDueClaims, openLeased } from './posting-queries.ts';
import { restUnopenedClaim } from './rest-unopened-claim.ts';

/** Claims of one account that this process has under way at once: an EMR is somebody's working tool. */
const claimsAtOnce = 8;

/** A run takes no more claims after this long; the next one goes on. Well below a job's time, and an EMR call besides. */
const runMs = 60_000;

export interface ClaimPosting {
  /** Has a run that is under way here look again; false when there is none, so that a job must be. */
  ring(account: AccountScope): boolean;
  /** Works off the account's due claims; when a run is under way here already, that one is told to look again. */
  post(account: AccountScope, signal: AbortSignal): Promise<void>;
  /** Takes no more claims; what is under way may end. */
  stop(): void;
}

export function createClaimPosting(context: ClaimsContext): ClaimPosting {
  const runs = new Map<string, PostingRun>();
  let isStopped = false;
  function ring({ accountId }: AccountScope): boolean {
    const underWay = runs.get(accountId);
    underWay?.lookAgain();
    return underWay !== undefined;
  }

  return {
    ring,
    async post(account, signal) {
      if (ring(account)) return;
      const run = new PostingRun(context, account, () => isStopped || signal.aborted);
      runs.set(account.accountId, run);
      // `run` ends and is forgotten in one step, so that no wake-up falls in between.
      await run.start(() => runs.delete(account.accountId));
    },
    stop() {
      isStopped = true;
    },
  };
}

/** One run over an account's due claims, at most so many at once. */
class PostingRun {
  readonly #context: ClaimsContext;
  readonly #account: AccountScope;
  readonly #shallStop: () => boolean;
  readonly #endsAt = performance.now() + runMs;
  #underWay = 0;
  #woken = Promise.withResolvers<void>();
  #isWoken = false;

  constructor(context: ClaimsContext, account: AccountScope, shallStop: () => boolean) {
    this.#context = context;
    this.#account = account;
    this.#shallStop = shallStop;
  }

  lookAgain(): void {
    this.#isWoken = true;
    this.#woken.resolve();
  }

  async start(onEnd: () => void): Promise<void> {
    try {
      for (;;) {
        this.#isWoken = false;
        this.#woken = Promise.withResolvers();
        const hasMore = await this.#takeDue();
        if (hasMore || this.#isWoken) continue;
        if (this.#underWay === 0) return;
        await this.#woken.promise;
      }
    } finally {
      onEnd();
      if (this.#isOver()) this.#context.wakePosting(this.#account);
    }
  }

  #isOver(): boolean {
    return performance.now() >= this.#endsAt;
  }

  /** Begins with as many due claims as there is room for. True when there may be more, and room for them. */
  async #takeDue(): Promise<boolean> {
    const limit = claimsAtOnce - this.#underWay;
    if (limit === 0 || this.#shallStop() || this.#isOver()) return false;
    const { database, clock, leaseSeconds } = this.#context;
    const claims = await leaseDueClaims(database, this.#account, { now: clock.now(), leaseSeconds, limit });
    if (claims.length === 0) return false;
    const account = await findAnyAccount(database, this.#account);
    if (account === undefined) throw new Error('A claim belongs to an account that is not there.');
    for (const claim of claims) this.#begin(account, claim);
    return this.#underWay < claimsAtOnce;
  }

  #begin(account: PostingAccount, claim: LeasedRow): void {
    this.#underWay += 1;
    void this.#post(account, claim)
      .catch((error: unknown) => {
        const { logger } = this.#context;
        logger.error(
          { err: error, claimId: claim.id },
          'a claim was left as it was; it will be taken up again',
        );
      })
      .finally(() => {
        this.#underWay -= 1;
        // It may be due again, which a look that began before its end did not see.
        this.lookAgain();
      });
  }

  async #post(account: PostingAccount, row: LeasedRow): Promise<void> {
    const opened = await openLeased(this.#context, row).catch((error: unknown) => {
      if (!(error instanceof SealedValueError)) throw error;
      return restUnopenedClaim(this.#context, row, error);
    });
    if (opened !== undefined) await postClaim(this.#context, account, opened);
  }
}
