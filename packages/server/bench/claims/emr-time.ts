import { seededAppointments } from '../../src/emr/simulator/seed/visits.ts';
import { simulatorConnectorFactory } from '../../src/emr/simulator/simulator-connector.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { median } from '../statistics.ts';

/** What one claim costs in the EMR and on the way there: reading the visit and creating the claim, in milliseconds. */
export async function measureEmrMs(emrUrl: string, times: number): Promise<number> {
  const factory = simulatorConnectorFactory({
    clock: systemClock,
    sandboxUrl: () => emrUrl,
    urlPolicy: { allowInsecure: false },
  });
  const budget = { take: async () => undefined, pause: async () => undefined };
  const account = { organizationId: 'org_bench', accountId: 'acc_bench', settings: {} };
  const connector = factory.open(account, budget);
  const ready = seededAppointments.filter(({ expectation }) => expectation === 'ready');
  const taken: number[] = [];
  for (const [index, { emrAppointmentId, emrPatientId }] of ready.slice(0, times).entries()) {
    const { signal } = new AbortController();
    const startedAt = performance.now();
    const marker = `bench${index}`.padEnd(32, '0');
    const outcome = await connector.createClaim({ marker, emrAppointmentId, emrPatientId, signal });
    if (outcome.kind !== 'created') throw new Error(`The EMR answered ${outcome.kind}.`);
    taken.push(performance.now() - startedAt);
  }
  return median(taken);
}
