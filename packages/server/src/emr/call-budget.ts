import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../platform/database/database.ts';
import { type AccountKey, pauseEmrCalls, readEmrWait, takeEmrCall } from './call-window-queries.ts';
import { type CallBudget, EmrReadError } from './connector.ts';

/** A window that ends sooner is waited for; a later one is the caller's to come back for. */
export const nearMs = 2_000;
/** Others may take the calls of the new window first. */
const maximumWaits = 3;

export interface CallBudgetDependencies {
  readonly database: Database;
  /** Time passing; tests put their own. Rejects when the signal is aborted. */
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Calls an account may still make this minute, counted in the database for all processes.
 * @param callsPerMinute undefined: calls are not counted, but a pause that the EMR asked for holds
 */
export function createCallBudget(
  { database, wait = waitFor }: CallBudgetDependencies,
  account: AccountKey,
  callsPerMinute: number | undefined,
): CallBudget {
  return {
    async take(signal) {
      for (let waits = 0; ; waits += 1) {
        refuseAborted(signal);
        if (callsPerMinute !== undefined && (await takeEmrCall(database, account, callsPerMinute))) return;
        const waitMs = await readEmrWait(database, account, callsPerMinute);
        if (callsPerMinute === undefined && waitMs === 0) return;
        if (waitMs > nearMs || waits === maximumWaits) {
          throw new EmrReadError('unavailable', 'The calls that the EMR allows are used up for now.', {
            retryAfterMs: waitMs,
          });
        }
        await wait(waitMs, signal).catch(() => undefined);
      }
    },
    pause: (forMs) => pauseEmrCalls(database, account, forMs),
  };
}

function refuseAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new EmrReadError('unavailable', 'The call was given up.');
}

async function waitFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal });
}
