import { type Drawn, isOver, windowMs } from './quota-window.ts';

/** So many units a window, under the name clients see. */
export interface QuotaPolicy {
  readonly name: string;
  readonly quota: number;
  /**
   * Units a process draws in advance. The fewer, the more often it asks the database; the more, the more is left lying
   * in a process that goes quiet.
   */
  readonly leaseUnits: number;
}

/** A hundred draws a window: two processes reach the whole quota but for 1 % at most that each has left lying. */
export function quotaPolicy(name: string, quota: number, drawsPerWindow = 100): QuotaPolicy {
  return { name, quota, leaseUnits: Math.max(1, Math.floor(quota / drawsPerWindow)) };
}

/** One subject's quota as one process sees it: what it drew from the shared window and has not spent. */
export class LeasedQuota {
  readonly subject: string;
  readonly policy: QuotaPolicy;
  /** Set while a draw is under way. */
  drawing: Promise<void> | undefined;
  #startedAt: number | undefined;
  #left = 0;
  /** What nobody had drawn when this process last looked. */
  #undrawn: number;
  #waiting = 0;

  constructor(subject: string, policy: QuotaPolicy) {
    this.subject = subject;
    this.policy = policy;
    this.#undrawn = policy.quota;
  }

  has(units: number, now: number): boolean {
    this.#forgetIfOver(now);
    return this.#left >= units;
  }

  /** True when the window has nothing more to draw. */
  isDry(now: number): boolean {
    this.#forgetIfOver(now);
    return this.#startedAt !== undefined && this.#undrawn === 0;
  }

  /** Units must be there: see `has`. */
  spend(units: number): void {
    this.#left -= units;
  }

  /** From the first draw a request needs until it is decided, so that one draw serves all that wait. */
  beginWaiting(units: number): void {
    this.#waiting += units;
  }

  endWaiting(units: number): void {
    this.#waiting -= units;
  }

  /** How much to draw: a lease, or as much as all that wait are short of. */
  wanted(): number {
    return Math.min(this.policy.quota, Math.max(this.policy.leaseUnits, this.#waiting - this.#left));
  }

  /** Takes what a draw of `asked` units gave: what was left of the quota, and no more than was asked for. */
  receive({ startedAt, taken }: Drawn, asked: number): void {
    const before = taken - asked;
    const given = Math.min(asked, Math.max(0, this.policy.quota - before));
    // What was left of another window is worth nothing in this one.
    this.#left = startedAt === this.#startedAt ? this.#left + given : given;
    this.#startedAt = startedAt;
    this.#undrawn = Math.max(0, this.policy.quota - taken);
  }

  /** As far as this process knows; the others may have drawn since. */
  remaining(now: number): number {
    this.#forgetIfOver(now);
    return this.#left + this.#undrawn;
  }

  resetMs(now: number): number {
    return this.#startedAt === undefined ? windowMs : Math.max(0, this.#startedAt + windowMs - now);
  }

  #forgetIfOver(now: number): void {
    if (this.#startedAt === undefined || !isOver({ startedAt: this.#startedAt }, now)) return;
    this.#startedAt = undefined;
    this.#left = 0;
    this.#undrawn = this.policy.quota;
  }
}
