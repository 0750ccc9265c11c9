import { setTimeout as delay } from 'node:timers/promises';
import type { ClaimsRig } from './claims-rig.ts';

interface Held {
  readonly id: string;
  readonly leaseNumber: number;
}

/** Measures how long work that a dead worker held lies about before another takes it up. */
export class ResumptionWatch {
  readonly #rig: ClaimsRig;
  readonly #watched: { readonly held: readonly Held[]; readonly since: number }[] = [];
  #longestMs = 0;

  constructor(rig: ClaimsRig) {
    this.#rig = rig;
  }

  /** Call at the moment of the kill: every claim that is held then is watched until somebody else has it or it is settled. */
  async killed(): Promise<void> {
    const { rows } = await this.#rig.database.query<Held>(
      `select id, lease_number as "leaseNumber" from claim where due_at is not null and leased_until > now()`,
    );
    this.#watched.push({ held: rows, since: performance.now() });
  }

  /** Looks every tenth of a second until nothing watched is left. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted || this.#watched.length > 0) {
      await this.#look();
      await delay(100);
    }
  }

  get longestSeconds(): number {
    return this.#longestMs / 1_000;
  }

  async #look(): Promise<void> {
    const [oldest] = this.#watched;
    if (oldest === undefined) return;
    const { rows } = await this.#rig.database.query<Held>(
      `select id, lease_number as "leaseNumber" from claim where due_at is not null and id = any($1::text[])`,
      [oldest.held.map(({ id }) => id)],
    );
    const stillHeld = oldest.held.some(({ id, leaseNumber }) =>
      rows.some((row) => row.id === id && row.leaseNumber === leaseNumber),
    );
    if (stillHeld) return;
    this.#longestMs = Math.max(this.#longestMs, performance.now() - oldest.since);
    this.#watched.shift();
  }
}
