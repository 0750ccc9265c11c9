/** Contract README, claims 4. `outcome_unknown` is ours: the EMR may or may not have the claim. */
export const claimStates = ['pending_create', 'created', 'failed', 'outcome_unknown'] as const;
export type ClaimState = (typeof claimStates)[number];

/** What can happen to a claim once it was requested. */
export const claimOperations = ['confirm', 'fail', 'lose_track', 'rule_out'] as const;
export type ClaimOperation = (typeof claimOperations)[number];

/**
 * The one transition table: state × operation → state. What is not here is refused. No other code compares states to
 * decide what is allowed; the guarded updates ask for the states of `statesAllowing`.
 */
export const claimTransitions = {
  pending_create: { confirm: 'created', fail: 'failed', lose_track: 'outcome_unknown' },
  outcome_unknown: { confirm: 'created', fail: 'failed', rule_out: 'pending_create' },
  created: {},
  failed: {},
} as const satisfies Record<ClaimState, Partial<Record<ClaimOperation, ClaimState>>>;

/** In this state, and in no other, the EMR is asked to create the claim. */
export const creatableState = 'pending_create' satisfies ClaimState;

/** Undefined where the table has no way. */
export function targetOf(state: ClaimState, operation: ClaimOperation): ClaimState | undefined {
  const row: Partial<Record<ClaimOperation, ClaimState>> = claimTransitions[state];
  return row[operation];
}

export function statesAllowing(operation: ClaimOperation): readonly ClaimState[] {
  return claimStates.filter((state) => targetOf(state, operation) !== undefined);
}

/** Where an operation leads, from whichever state. @throws Error for an operation that leads to two: the table is wrong. */
export function leadsTo(operation: ClaimOperation): ClaimState {
  const targets = new Set(statesAllowing(operation).map((state) => targetOf(state, operation)));
  const [target, ...others] = targets;
  if (target === undefined || others.length > 0) throw new Error(`${operation} leads to no single state.`);
  return target;
}

/** States in which the EMR, or a person, has still to say something. */
export const unsettledStates: readonly ClaimState[] = claimStates.filter(
  (state) => Object.keys(claimTransitions[state]).length > 0,
);
