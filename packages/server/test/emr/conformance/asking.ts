/** How the suite asks a connector. */

import type { ChangePage, ClaimOutcome, ClaimRequest } from '../../../src/emr/connector.ts';
import { type SeededAppointment, seededAppointments } from '../../../src/emr/simulator/seed/visits.ts';
import type { SimulatedPractice } from '../../support/emr/simulated-practice.ts';

export const marker = '0195900a0a0a7c0ffee0000000000001';

const [ready] = seededAppointments.filter(({ expectation }) => expectation === 'ready');

export const never = () => new AbortController().signal;

/** Creates the claim of the first appointment that is ready, unless the request says otherwise. */
export function create(
  { connector }: SimulatedPractice,
  request: Partial<ClaimRequest> = {},
): Promise<ClaimOutcome> {
  const { emrAppointmentId = '', emrPatientId = '' } = ready ?? {};
  return connector.createClaim({ marker, emrAppointmentId, emrPatientId, signal: never(), ...request });
}

export function idsOf(seed: SeededAppointment | undefined) {
  return { emrAppointmentId: seed?.emrAppointmentId ?? '', emrPatientId: seed?.emrPatientId ?? '' };
}

/** Pages until there are no more. */
export async function readAll<Item>(
  list: (cursor: string | undefined, signal: AbortSignal) => Promise<ChangePage<Item>>,
  cursor?: string,
): Promise<{ readonly items: readonly Item[]; readonly cursor: string; readonly pages: number }> {
  const items: Item[] = [];
  let page = await list(cursor, never());
  let pages = 1;
  for (; page.hasMore; pages += 1) {
    items.push(...page.items);
    page = await list(page.cursor, never());
  }
  return { items: [...items, ...page.items], cursor: page.cursor, pages };
}
