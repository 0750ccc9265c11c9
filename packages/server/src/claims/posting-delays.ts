/** When the EMR is asked again. Pure; the jitter comes in. */

/** Tries to create that provably wrote nothing before the claim fails with `emr_unavailable`: about four minutes. */
export const maximumUnavailableTries = 10;

/** A claim that an EMR keeps putting off fails this long after the first time, whatever it says of later. */
export const patienceMs = 24 * 60 * 60 * 1000;

/** Creates of unknown outcome, each of which proved to have come to nothing, before the claim fails with `timeout`. */
export const maximumCreateCalls = 10;

/** An unknown outcome that is not cleared up after this long is told to the customer; the search goes on, slowly. */
export const unknownAfterMs = 15 * 60 * 1000;

const slowSearchMs = 5 * 60 * 1000;
const longestRetryMs = 60_000;

/** 1, 2, 4 … 60 seconds, 10 % either way. @param tries failed ones, from 1 */
export function retryDelayMs(tries: number, random: number): number {
  const base = Math.min(1_000 * 2 ** (tries - 1), longestRetryMs);
  return Math.round(base * (0.9 + 0.2 * random));
}

/**
 * Until the next search: half as long as the claim has been unknown, so that a claim that surfaces late is found at
 * most half as late again.
 * @param believedAfterMs age from which "not there" is an answer; the search at that moment settles the matter
 */
export function searchDelayMs(ageMs: number, believedAfterMs: number): number {
  if (ageMs >= unknownAfterMs) return slowSearchMs;
  const growing = Math.min(Math.max(ageMs / 2, 1_000), longestRetryMs);
  const untilBelieved = believedAfterMs - ageMs;
  return Math.ceil(untilBelieved > 0 ? Math.min(growing, untilBelieved) : growing);
}

/** 15, 30, 60 … seconds: about half an hour in all. */
const firstUnopenedRestMs = 15_000;
const maximumUnopenedRests = 7;

/**
 * How long a claim rests whose row does not open; undefined: no longer tried.
 * @param leaseNumber of the lease under which it did not open, from 1. One that was worked on for long before is given up
 *        sooner: what is sealed does not open by itself.
 */
export function unopenedDelayMs(leaseNumber: number): number | undefined {
  return leaseNumber > maximumUnopenedRests ? undefined : firstUnopenedRestMs * 2 ** (leaseNumber - 1);
}
