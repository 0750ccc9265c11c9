import type { Clock } from '../platform/clock.ts';

interface Entry<Answer> {
  readonly answer: Promise<Answer>;
  readonly askedAt: number;
  /** Milliseconds; known exactly once the answer is there. */
  until: number;
}

export interface AnswerCacheOptions<Answer> {
  readonly clock: Clock;
  /** A question that is under way is shared by whoever asks the same within this time. */
  readonly pendingMs: number;
  /** How long an answer holds, counted from the asking. */
  readonly lifetimeMs: (answer: Answer) => number;
}

const capacity = 10_000;

/** Answers about credentials, each asked for once at a time. Keys are keyed hashes: a dump of the memory shows no token. */
export class AnswerCache<Answer> {
  readonly #entries = new Map<string, Entry<Answer>>();
  readonly #options: AnswerCacheOptions<Answer>;

  constructor(options: AnswerCacheOptions<Answer>) {
    this.#options = options;
  }

  get(key: string, ask: () => Promise<Answer>): Promise<Answer> {
    const now = this.#options.clock.now().getTime();
    const known = this.#entries.get(key);
    // Also false when the clock was set back: an age nobody knows is no age.
    if (known !== undefined && known.askedAt <= now && now < known.until) return known.answer;
    return this.#ask(key, now, ask);
  }

  #ask(key: string, askedAt: number, ask: () => Promise<Answer>): Promise<Answer> {
    const { pendingMs, lifetimeMs } = this.#options;
    const entry: Entry<Answer> = { answer: ask(), askedAt, until: askedAt + pendingMs };
    this.#remember(key, entry);
    entry.answer.then(
      (answer) => {
        entry.until = askedAt + lifetimeMs(answer);
      },
      // A question that failed is no answer.
      () => {
        if (this.#entries.get(key) === entry) this.#entries.delete(key);
      },
    );
    return entry.answer;
  }

  /** The oldest question makes room. */
  #remember(key: string, entry: Entry<Answer>): void {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (this.#entries.size <= capacity) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }
}
