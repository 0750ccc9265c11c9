import type { EmrAppointment, EmrPatient } from '../emr/connector.ts';
import type { LinkedAccount } from '../linked-accounts/linked-account.ts';
import { publishEvent } from '../webhooks/publish-events.ts';
import { findAppointmentsOfEmr, writeAppointments } from './appointment-queries.ts';
import type { AppointmentsContext } from './context.ts';
import { appointmentChanges, patientChanges } from './mirror-changes.ts';
import { appointmentEvent, patientEvent } from './mirror-events.ts';
import { findPatients, writePatients } from './patient-queries.ts';
import { type SyncLease, storeCursor } from './sync-queries.ts';

/**
 * What a page told, what it changed and where the next one begins are kept together or not at all. What is there already
 * is read before: whoever holds the lease writes alone, and `storeCursor` stops one who has lost it.
 */
export interface PageToStore<Item> {
  readonly account: LinkedAccount;
  readonly lease: SyncLease;
  readonly items: readonly Item[];
  readonly cursor: string;
}

/** A page compared with the mirror, and not stored yet. */
export interface PreparedPage {
  /** Records that are new or differ from what the mirror has. */
  readonly changeCount: number;
  /** Of changed appointments; patients of the mirror have no ids of ours that anybody is told. */
  readonly appointmentIds: readonly string[];
  /** @throws LeaseLostError */
  store(): Promise<void>;
}

export async function preparePatients(
  context: AppointmentsContext,
  { account, lease, items, cursor }: PageToStore<EmrPatient>,
): Promise<PreparedPage> {
  const now = context.clock.now();
  const emrPatientIds = items.map(({ emrPatientId }) => emrPatientId);
  const known = await findPatients(context, lease, emrPatientIds);
  const changes = patientChanges(items, known, () => context.ids.nextHex());
  const patients = changes.map(({ patient }) => patient);
  const events = isNews(account)
    ? changes.map((change) => patientEvent(context.ids, account, change, now))
    : [];
  const keys = await context.vault.keysOf(lease.organizationId);
  return {
    changeCount: changes.length,
    appointmentIds: [],
    store: () =>
      context.database.transaction(async (transaction) => {
        await storeCursor(transaction, lease, 'patient', cursor);
        await writePatients(transaction, keys, lease.accountId, patients, now);
        for (const event of events) await publishEvent(transaction, context, keys, event);
      }),
  };
}

export async function prepareAppointments(
  context: AppointmentsContext,
  { account, lease, items, cursor }: PageToStore<EmrAppointment>,
): Promise<PreparedPage> {
  const now = context.clock.now();
  const emrAppointmentIds = items.map(({ emrAppointmentId }) => emrAppointmentId);
  const known = await findAppointmentsOfEmr(context, lease, emrAppointmentIds);
  const changes = appointmentChanges(items, known, () => context.ids.nextHex());
  const appointments = changes.map(({ appointment }) => appointment);
  const events = isNews(account) ? await appointmentEvents(context, account, changes, now) : [];
  const keys = await context.vault.keysOf(lease.organizationId);
  return {
    changeCount: changes.length,
    appointmentIds: appointments.map(({ id }) => id),
    store: () =>
      context.database.transaction(async (transaction) => {
        await storeCursor(transaction, lease, 'appointment', cursor);
        await writeAppointments(transaction, keys, lease.accountId, appointments, now);
        for (const event of events) await publishEvent(transaction, context, keys, event);
      }),
  };
}

async function appointmentEvents(
  context: AppointmentsContext,
  account: LinkedAccount,
  changes: ReturnType<typeof appointmentChanges>,
  now: Date,
): Promise<readonly ReturnType<typeof appointmentEvent>[]> {
  const scope = { organizationId: account.organizationId, accountId: account.id };
  const emrPatientIds = changes.map(({ appointment }) => appointment.emrPatientId ?? '');
  const patients = await findPatients(context, scope, emrPatientIds);
  const mrnOf = new Map(patients.map(({ emrPatientId, mrn }) => [emrPatientId, mrn]));
  return changes.map((change) => {
    const mrn = mrnOf.get(change.appointment.emrPatientId ?? '');
    return appointmentEvent(context.ids, account, change, mrn, now);
  });
}

/** What the first sync brings in was there before the account was linked: an import, of which no event tells. */
function isNews(account: LinkedAccount): boolean {
  return account.lastSyncedAt !== undefined;
}
