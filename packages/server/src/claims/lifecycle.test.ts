import { describe, expect, it } from 'vitest';
import {
  claimOperations,
  claimStates,
  creatableState,
  leadsTo,
  statesAllowing,
  targetOf,
  unsettledStates,
} from './lifecycle.ts';

describe('the lifecycle of a claim', () => {
  /** Every state × every operation, written out: what the contract and the decisions say, not what the table says. */
  const expected = {
    pending_create: {
      confirm: 'created',
      fail: 'failed',
      lose_track: 'outcome_unknown',
      rule_out: undefined,
    },
    outcome_unknown: {
      confirm: 'created',
      fail: 'failed',
      lose_track: undefined,
      rule_out: 'pending_create',
    },
    created: { confirm: undefined, fail: undefined, lose_track: undefined, rule_out: undefined },
    failed: { confirm: undefined, fail: undefined, lose_track: undefined, rule_out: undefined },
  } as const;

  const pairs = claimStates.flatMap((state) => claimOperations.map((operation) => ({ state, operation })));

  it.each(pairs)('in $state, $operation leads where it should', ({ state, operation }) => {
    expect(targetOf(state, operation)).toBe(expected[state][operation]);
    expect(statesAllowing(operation).includes(state)).toBe(expected[state][operation] !== undefined);
  });

  it('has one target for every operation', () => {
    expect(claimOperations.map(leadsTo)).toEqual(['created', 'failed', 'outcome_unknown', 'pending_create']);
  });

  it('is settled where nothing leads on, and created from one state alone', () => {
    expect(unsettledStates).toEqual(['pending_create', 'outcome_unknown']);
    expect(creatableState).toBe('pending_create');
  });
});
