/** Which call goes wrong, and how: rules that tests and seeds set. The same seed and calls give the same faults. */

import { createHash } from 'node:crypto';

/** What the simulator does: the first five write the claim at once, the next two late, the others never. */
export const faultKinds = [
  'commit_then_drop',
  'commit_then_error',
  'commit_then_hang',
  'garbage',
  'answer_twice',
  'slow',
  'commit_late',
  'drop',
  'error',
  'hang',
  'throttle',
  'unavailable',
  'unauthorized',
  'reject',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export const faultPlaces = ['create', 'search_claim', 'read', 'discovery', 'token'] as const;
export type FaultPlace = (typeof faultPlaces)[number];

export const rejectionKinds = [
  'encounter_locked',
  'duplicate',
  'missing_diagnosis',
  'missing_procedure',
  'missing_insurance',
  'business_rule',
  'forbidden',
] as const;
export type RejectionKind = (typeof rejectionKinds)[number];

export interface FaultRule {
  readonly fault: FaultKind;
  /** Default `create`: a claim is posted. */
  readonly on?: FaultPlace;
  /** Only for this appointment's claim. */
  readonly appointmentId?: string;
  /** Only for this claim. */
  readonly marker?: string;
  /**
   * Share of the calls, 0 to 1. One number is drawn a call and the rules take their shares of it in turn, so that ten
   * rules of 0.1 cover every call once.
   */
  readonly probability?: number;
  /** How often at most. */
  readonly times?: number;
  /** How long `slow` and `commit_late` wait before they write, and `hang` before it drops. */
  readonly delayMs?: number;
  /** Sent with `throttle` and `unavailable`. */
  readonly retryAfterSeconds?: number;
  /** What `reject` says. */
  readonly rejection?: RejectionKind;
}

export interface Call {
  readonly on: FaultPlace;
  readonly appointmentId?: string | undefined;
  readonly marker?: string | undefined;
  /** What the call is about, for the draw. */
  readonly key: string;
}

export interface FaultPlan {
  /** The rule that this call falls under; counts it. */
  next(call: Call): FaultRule | undefined;
}

export function createFaultPlan(rules: readonly FaultRule[], seed: number): FaultPlan {
  const used = new Map<FaultRule, number>();
  const calls = new Map<string, number>();
  return {
    next(call) {
      const key = `${call.on} ${call.key}`;
      const number = (calls.get(key) ?? 0) + 1;
      calls.set(key, number);
      const rule = choose(rules, call, used, draw(`${seed} ${key} ${number}`));
      if (rule !== undefined) used.set(rule, (used.get(rule) ?? 0) + 1);
      return rule;
    },
  };
}

function choose(
  rules: readonly FaultRule[],
  call: Call,
  used: ReadonlyMap<FaultRule, number>,
  drawn: number,
): FaultRule | undefined {
  let floor = 0;
  for (const rule of rules) {
    if (!isMeant(rule, call)) continue;
    const { probability = 1, times = Number.POSITIVE_INFINITY } = rule;
    const isDrawn = drawn >= floor && drawn < floor + probability;
    // A rule without a share of its own takes every call that is left.
    if (rule.probability !== undefined) floor += probability;
    if ((isDrawn || rule.probability === undefined) && (used.get(rule) ?? 0) < times) return rule;
  }
  return undefined;
}

function isMeant(rule: FaultRule, call: Call): boolean {
  return (
    (rule.on ?? 'create') === call.on &&
    (rule.appointmentId === undefined || rule.appointmentId === call.appointmentId) &&
    (rule.marker === undefined || rule.marker === call.marker)
  );
}

/** From 0 to below 1, the same for the same text. */
function draw(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32;
}
