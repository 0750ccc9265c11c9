import type { Clock } from '../platform/clock.ts';
import type { Store } from '../platform/encryption/store.ts';
import type { IdGenerator } from '../platform/ids.ts';
import { writeAppointments } from './appointment-queries.ts';

/**
 * An appointment that the EMR does not have yet, as one that was asked for and is not made (contract claims.md, 5.1):
 * no claim can be requested for it. Nothing makes it later: for the sandbox.
 * @returns its id
 */
export async function addPendingAppointment(
  { database, vault }: Store,
  { ids, clock }: { readonly ids: IdGenerator; readonly clock: Clock },
  account: { readonly organizationId: string; readonly accountId: string },
  appointment: { readonly emrPatientId: string | undefined; readonly startsAt: Date },
): Promise<string> {
  const id = ids.nextHex();
  const row = {
    id,
    emrAppointmentId: undefined,
    emrPatientId: appointment.emrPatientId,
    status: 'pending',
    startsAt: appointment.startsAt,
    mode: undefined,
    details: {},
    source: 'sandbox',
  } as const;
  const keys = await vault.keysOf(account.organizationId);
  await writeAppointments(database, keys, account.accountId, [row], clock.now());
  return id;
}
