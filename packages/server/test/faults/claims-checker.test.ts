import { describe, expect, test } from 'vitest';
import { checkLedgers } from './claims/check-ledgers.ts';
import type { Ledgers } from './claims/ledgers.ts';
import { tampering } from './claims/tampering.ts';

/** Two claims, one created and one failed, as they should be. */
const sound: Ledgers = {
  client: [
    { appointmentId: 'a1', status: 202, claimId: 'c1', jobId: 1 },
    { appointmentId: 'a2', status: 202, claimId: 'c2', jobId: 2 },
    { appointmentId: 'a1', status: 409 },
    { appointmentId: 'a3', status: undefined },
  ],
  emr: [{ marker: 'c1', emrClaimId: '100' }],
  receiver: [
    { id: 'e1', body: 'one', isSigned: true, isTaken: true },
    { id: 'e2', body: 'two', isSigned: true, isTaken: false },
    { id: 'e2', body: 'two', isSigned: true, isTaken: true },
  ],
  claims: [
    { id: 'c1', appointmentId: 'a1', jobId: 1, state: 'created', emrClaimId: '100' },
    { id: 'c2', appointmentId: 'a2', jobId: 2, state: 'failed', emrClaimId: null },
  ],
  events: [
    { id: 'e1', type: 'claim.created', jobId: 1, body: 'one' },
    { id: 'e2', type: 'claim.failed', jobId: 2, body: 'two' },
  ],
};

describe('the checker of the fault runs', () => {
  test('finds nothing where nothing is wrong', () => {
    expect(checkLedgers(sound)).toEqual([]);
  });

  test.each(tampering)('sees it when %s', (_name, invariant, tamper) => {
    const breaches = checkLedgers(tamper(sound));
    expect(breaches.map((breach) => breach.invariant)).toContain(invariant);
  });

  test('lets a claim be unknown only where the EMR cannot be searched', () => {
    const unknown: Ledgers = {
      ...sound,
      claims: sound.claims.map((claim) => ({ ...claim, state: 'outcome_unknown' })),
      events: sound.events.map((event) => ({ ...event, type: 'claim.outcome_unknown' })),
    };
    expect(checkLedgers(unknown, { maySettleUnknown: true })).toEqual([]);
    expect(checkLedgers(unknown).map(({ invariant }) => invariant)).toEqual(['I3', 'I3']);
  });
});
