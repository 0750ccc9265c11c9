import { expect, test } from 'vitest';
import type { FaultKind, FaultRule, RejectionKind } from '../../../src/emr/simulator/fault-rules.ts';
import { createHeldWait } from '../../support/emr/held-wait.ts';
import type { StartPractice } from '../../support/emr/simulated-practice.ts';
import { create, marker, never } from './asking.ts';

export function describeFaults(start: StartPractice): void {
  const unclear: readonly (readonly [FaultKind, written: boolean])[] = [
    ['commit_then_drop', true],
    ['commit_then_error', true],
    ['garbage', true],
    ['drop', false],
    ['error', false],
    ['unavailable', false],
  ];
  test.each(unclear)(
    'calls the outcome unknown after %s, and the search knows better',
    async (fault, written) => {
      const practice = await start({ simulator: { faults: [{ fault }] } });
      expect(await create(practice)).toEqual({ kind: 'unknown', reason: expect.any(String) });
      const found = await practice.connector.findClaim(marker, never());
      expect(found).toEqual(written ? { emrClaimId: '100234' } : undefined);
      expect(practice.simulator.ledger()).toHaveLength(written ? 1 : 0);
    },
  );

  test.each(['hang', 'commit_then_hang'] as const)(
    'gives up a create after its time limit: %s',
    async (fault) => {
      const held = createHeldWait();
      const practice = await start({
        createTimeoutMs: 1_000,
        simulator: { faults: [{ fault }], wait: held.wait },
      });
      expect(practice.connector.capabilities.createTimeoutMs).toBe(1_000);
      expect(await create(practice)).toEqual({ kind: 'unknown', reason: 'It took too long.' });
      const found = await practice.connector.findClaim(marker, never());
      expect(found).toEqual(fault === 'hang' ? undefined : { emrClaimId: '100234' });
    },
  );

  test('finds a claim that surfaces after the create was given up', async () => {
    const held = createHeldWait();
    const practice = await start({ simulator: { faults: [{ fault: 'commit_late' }], wait: held.wait } });
    expect(await create(practice)).toMatchObject({ kind: 'unknown' });
    await held.reached();
    expect(await practice.connector.findClaim(marker, never())).toBeUndefined();
    await held.release();
    expect(await practice.connector.findClaim(marker, never())).toEqual({ emrClaimId: '100234' });
    expect(practice.connector.capabilities.settlingMs).toBeGreaterThan(0);
  });

  test('takes the answer of a slow EMR', async () => {
    const held = createHeldWait();
    const practice = await start({ simulator: { faults: [{ fault: 'slow' }], wait: held.wait } });
    const outcome = create(practice);
    await held.reached();
    await held.release();
    expect(await outcome).toEqual({ kind: 'created', emrClaimId: '100234' });
  });

  test('takes the first of two answers', async () => {
    const practice = await start({ simulator: { faults: [{ fault: 'answer_twice' }] } });
    expect(await create(practice)).toEqual({ kind: 'created', emrClaimId: '100234' });
  });

  const rejections: readonly (readonly [RejectionKind, string])[] = [
    ['encounter_locked', 'encounter_locked'],
    ['duplicate', 'claim_already_exists_in_emr'],
    ['missing_diagnosis', 'missing_diagnosis_codes'],
    ['missing_procedure', 'missing_procedure_codes'],
    ['missing_insurance', 'missing_insurance'],
    ['business_rule', 'emr_rejected'],
    ['forbidden', 'emr_rejected'],
  ];
  test.each(rejections)('reads the refusal %s', async (rejection, code) => {
    const practice = await start({ simulator: { faults: [{ fault: 'reject', rejection }] } });
    expect(await create(practice)).toMatchObject({ kind: 'rejected', reasons: [{ code }] });
    expect(practice.simulator.ledger()).toEqual([]);
  });

  test('knows that an EMR without calls left wrote nothing, and has everybody wait', async () => {
    const faults: readonly FaultRule[] = [{ fault: 'throttle', retryAfterSeconds: 7 }];
    const practice = await start({ simulator: { faults } });
    expect(await create(practice)).toEqual({ kind: 'unavailable', retryAfterMs: 7_000 });
    expect(practice.budget.pauses).toEqual([7_000]);
    expect(practice.simulator.ledger()).toEqual([]);
  });

  test('waits until the minute is over when the EMR does not say how long', async () => {
    const practice = await start({ simulator: { faults: [{ fault: 'throttle' }] } });
    expect(await create(practice)).toEqual({ kind: 'unavailable' });
    expect(practice.budget.pauses).toEqual([60_000]);
  });

  test('asks for a login when the EMR refuses it for good', async () => {
    const practice = await start({ simulator: { faults: [{ fault: 'unauthorized' }] } });
    expect(await create(practice)).toEqual({ kind: 'login_required', message: expect.any(String) });
    expect(practice.simulator.ledger()).toEqual([]);
  });

  test('sends nothing once the signal is aborted', async () => {
    const practice = await start();
    expect(await create(practice, { signal: AbortSignal.abort() })).toEqual({ kind: 'unavailable' });
    expect(practice.simulator.ledger()).toEqual([]);
  });

  test('does not know what became of a create that was aborted on its way', async () => {
    const held = createHeldWait();
    const practice = await start({ simulator: { faults: [{ fault: 'hang' }], wait: held.wait } });
    const abort = new AbortController();
    const outcome = create(practice, { signal: abort.signal });
    await held.reached();
    abort.abort();
    expect(await outcome).toEqual({ kind: 'unknown', reason: 'The call was given up.' });
  });

  test('knows that an EMR nobody answers for wrote nothing', async () => {
    const practice = await start();
    await practice.simulator.stop();
    expect(await create(practice)).toEqual({ kind: 'unavailable' });
  });

  test.each(['drop', 'error', 'unavailable', 'garbage'] as const)(
    'knows that nothing was written when a look at the visit fails: %s',
    async (fault) => {
      const practice = await start({ simulator: { faults: [{ on: 'read', fault, times: 1 }] } });
      expect(await create(practice)).toEqual({ kind: 'unavailable' });
      expect(practice.simulator.ledger()).toEqual([]);
      expect(await create(practice)).toMatchObject({ kind: 'created' });
    },
  );
}
