/**
 * How a request keeps the process busy. `quick` ones compute and ask the database. `slow` ones mostly wait: for bytes,
 * for documents, for a payer. They are counted apart, so that neither kind takes the other's places. `free` ones are
 * probes, which must answer whatever happens.
 */
export type Lane = 'quick' | 'slow' | 'free';

/** So much of something; what is taken has to be given back. */
export class Capacity {
  readonly #limit: number;
  #used = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  has(amount: number): boolean {
    return this.#used + amount <= this.#limit;
  }

  /** @returns what gives it back */
  take(amount: number): () => void {
    this.#used += amount;
    return () => {
      this.#used -= amount;
    };
  }
}

/** What a request holds, and how long. */
export class AdmittedRequest {
  readonly #lane: Lane;
  #held: (() => void)[] = [];
  #isBeingHandled = false;
  #isAnswered = false;
  #isClosed = false;

  constructor(lane: Lane) {
    this.#lane = lane;
  }

  hold(release: () => void): void {
    this.#held.push(release);
  }

  beginHandling(releasePlace: () => void): void {
    this.#isBeingHandled = true;
    this.hold(releasePlace);
  }

  /** The answer is computed. Whoever is slow to read it holds up nobody in the quick lane. */
  answered(): void {
    this.#isAnswered = true;
    this.#leaveIfOver();
  }

  /** The answer is sent, or the client is gone; a handler may still be at work for it. */
  closed(): void {
    this.#isClosed = true;
    this.#leaveIfOver();
  }

  #leaveIfOver(): void {
    const isOver = this.#isBeingHandled
      ? this.#isAnswered && (this.#isClosed || this.#lane === 'quick')
      : this.#isAnswered || this.#isClosed;
    if (!isOver) return;
    for (const release of this.#held) release();
    this.#held = [];
  }
}
