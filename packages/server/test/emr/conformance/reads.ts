import { expect, test } from 'vitest';
import type { FaultKind, FaultRule } from '../../../src/emr/simulator/fault-rules.ts';
import { createHeldWait } from '../../support/emr/held-wait.ts';
import type { StartPractice } from '../../support/emr/simulated-practice.ts';
import { create, marker, never, readAll } from './asking.ts';

export function describeReads(start: StartPractice): void {
  const failures: readonly (readonly [FaultKind, string])[] = [
    ['drop', 'unavailable'],
    ['error', 'unavailable'],
    ['unavailable', 'unavailable'],
    ['garbage', 'unavailable'],
    ['throttle', 'unavailable'],
    ['unauthorized', 'login_required'],
    ['reject', 'rejected'],
  ];
  test.each(failures)('says why it cannot list changes after %s: %s', async (fault, kind) => {
    const { connector } = await start({ simulator: { faults: [{ on: 'read', fault }] } });
    const named = { name: 'EmrReadError', kind };
    await expect(connector.listChangedAppointments(undefined, never())).rejects.toMatchObject(named);
    await expect(connector.listChangedPatients(undefined, never())).rejects.toMatchObject(named);
  });

  test('gives up a look after its time limit', async () => {
    const faults: readonly FaultRule[] = [{ on: 'search_claim', fault: 'hang' }];
    const held = createHeldWait();
    const { connector } = await start({ readTimeoutMs: 400, simulator: { faults, wait: held.wait } });
    const search = connector.findClaim(marker, never());
    await expect(search).rejects.toMatchObject({ kind: 'unavailable' });
  });

  test('passes on how long the EMR wants to be left alone', async () => {
    const faults: readonly FaultRule[] = [
      { on: 'search_claim', fault: 'unavailable', retryAfterSeconds: 120 },
    ];
    const { connector, budget } = await start({ simulator: { faults } });
    const search = connector.findClaim(marker, never());
    await expect(search).rejects.toMatchObject({ kind: 'unavailable', retryAfterMs: 120_000 });
    expect(budget.pauses).toEqual([120_000]);
  });

  test('says that an EMR without a search of claims cannot be asked', async () => {
    const { connector } = await start({ simulator: { claimSearch: false } });
    await expect(connector.findClaim(marker, never())).rejects.toMatchObject({ kind: 'rejected' });
  });

  test('gives up a look when its signal is aborted', async () => {
    const { connector } = await start();
    const list = connector.listChangedAppointments(undefined, AbortSignal.abort());
    await expect(list).rejects.toMatchObject({ kind: 'unavailable' });
  });

  test('asks for a call of the budget before each call', async () => {
    const practice = await start({ simulator: { callLimit: { callsPerMinute: 1_000, retryAfter: true } } });
    await create(practice);
    const perClaim = 5;
    const login = practice.budget.calls() - perClaim;
    await create(practice);
    expect(practice.budget.calls()).toBe(login + 2 * perClaim);
    await readAll(practice.connector.listChangedAppointments);
    expect(practice.budget.calls()).toBe(login + 2 * perClaim + 1);
  });
}
