import type { EmrAppointment, EmrPatient } from '../emr/connector.ts';
import type { LinkedAccount } from '../linked-accounts/linked-account.ts';
import type { Transaction } from '../platform/database/database.ts';
import { publishEvent } from '../webhooks/publish-events.ts';
import { findAppointmentsOfEmr, writeAppointments } from './appointment-queries.ts';
import type { AppointmentsContext } from './context.ts';
import { appointmentChanges, patientChanges } from './mirror-changes.ts';
import { appointmentEvent, patientEvent } from './mirror-events.ts';
import { findPatients, writePatients } from './patient-queries.ts';
import { type SyncLease, storeCursor } from './sync-queries.ts';

/** What a page told, what it changed and where the next one begins are kept together or not at all. */
export interface PageToStore<Item> {
  readonly account: LinkedAccount;
  readonly lease: SyncLease;
  readonly items: readonly Item[];
  readonly cursor: string;
}

/**
 * @returns no ids: patients of the mirror have none of ours
 * @throws LeaseLostError
 */
export async function storePatients(
  context: AppointmentsContext,
  { account, lease, items, cursor }: PageToStore<EmrPatient>,
): Promise<readonly string[]> {
  await context.database.transaction(async (transaction) => {
    const now = context.clock.now();
    const known = await findPatients(
      transaction,
      lease,
      items.map(({ emrPatientId }) => emrPatientId),
    );
    const changes = patientChanges(items, known, () => context.ids.nextHex());
    await writePatients(
      transaction,
      lease,
      changes.map(({ patient }) => patient),
      now,
    );
    if (isNews(account)) {
      for (const change of changes) {
        const event = patientEvent(context.ids, account, change, now);
        await publishEvent(transaction, context, account.organizationId, event);
      }
    }
    await storeCursor(transaction, lease, 'patient', cursor);
  });
  return [];
}

/**
 * @returns the ids of the appointments that were made or changed
 * @throws LeaseLostError
 */
export async function storeAppointments(
  context: AppointmentsContext,
  page: PageToStore<EmrAppointment>,
): Promise<readonly string[]> {
  return context.database.transaction(async (transaction) => {
    const known = await findAppointmentsOfEmr(
      transaction,
      page.lease,
      page.items.map(({ emrAppointmentId }) => emrAppointmentId),
    );
    const changes = appointmentChanges(page.items, known, () => context.ids.nextHex());
    await writeAppointments(
      transaction,
      page.lease,
      changes.map(({ appointment }) => appointment),
      context.clock.now(),
    );
    if (isNews(page.account)) await tellAppointments(transaction, context, page, changes);
    await storeCursor(transaction, page.lease, 'appointment', page.cursor);
    return changes.map(({ appointment }) => appointment.id);
  });
}

async function tellAppointments(
  transaction: Transaction,
  context: AppointmentsContext,
  { account, lease }: PageToStore<EmrAppointment>,
  changes: ReturnType<typeof appointmentChanges>,
): Promise<void> {
  const now = context.clock.now();
  const patientIds = changes.map(({ appointment }) => appointment.emrPatientId ?? '');
  const patients = await findPatients(transaction, lease, patientIds);
  const mrnOf = new Map(patients.map(({ emrPatientId, mrn }) => [emrPatientId, mrn]));
  for (const change of changes) {
    const mrn = mrnOf.get(change.appointment.emrPatientId ?? '');
    const event = appointmentEvent(context.ids, account, change, mrn, now);
    await publishEvent(transaction, context, account.organizationId, event);
  }
}

/** What the first sync brings in was there before the account was linked: an import, of which no event tells. */
function isNews(account: LinkedAccount): boolean {
  return account.lastSyncedAt !== undefined;
}
