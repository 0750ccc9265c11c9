import type { AccountReference } from '../linked-accounts/linked-account.ts';
import type { Queryable } from '../platform/database/database.ts';
import { byteaText, json } from '../platform/database/parameter-values.ts';
import type { OrganizationKeys } from '../platform/encryption/organization-keys.ts';
import type { Store } from '../platform/encryption/store.ts';
import type { Appointment } from './appointment.ts';
import { type AppointmentRow, appointmentColumns, appointmentFromRow } from './appointment-rows.ts';
import { openAppointment, sealAppointment, typeIndex } from './mirror-secrets.ts';

export async function findAppointmentsOfEmr(
  { database, vault }: Store,
  { organizationId, accountId }: AccountReference,
  emrAppointmentIds: readonly string[],
): Promise<readonly Appointment[]> {
  const rows = await database.query<AppointmentRow>(
    `select ${appointmentColumns} from appointment a
      where a.organization_id = $1 and a.account_id = $2 and a.emr_appointment_id = any($3::text[])`,
    [organizationId, accountId, emrAppointmentIds],
  );
  return vault.withKeys(organizationId, (keys) =>
    rows.map((row) => appointmentFromRow(keys, accountId, row)),
  );
}

/**
 * Inserts or replaces, by our id.
 * @param keys asked for before a transaction begins
 */
export async function writeAppointments(
  database: Queryable,
  keys: OrganizationKeys,
  accountId: string,
  appointments: readonly Omit<Appointment, 'createdAt'>[],
  at: Date,
): Promise<void> {
  if (appointments.length === 0) return;
  await database.execute(
    `insert into appointment (organization_id, account_id, id, emr_appointment_id, emr_patient_id, status, starts_at,
                              mode, type_index, sealed, source, created_at, updated_at)
     select $1, $2, r.id, r.emr_appointment_id, r.emr_patient_id, r.status, r.starts_at, r.mode, r.type_index, r.sealed,
            r.source, $4, $4
       from jsonb_to_recordset($3::jsonb) as r(id text, emr_appointment_id text, emr_patient_id text, status text,
              starts_at timestamptz, mode text, type_index bytea, sealed bytea, source text)
     on conflict (organization_id, account_id, id)
       do update set emr_patient_id = excluded.emr_patient_id, status = excluded.status,
                     starts_at = excluded.starts_at, mode = excluded.mode, type_index = excluded.type_index,
                     sealed = excluded.sealed, updated_at = excluded.updated_at`,
    [keys.organizationId, accountId, json(appointments.map((one) => columnsOf(keys, accountId, one))), at],
  );
}

/** JSON leaves out what is undefined, and SQL reads what is left out as null. */
function columnsOf(
  keys: OrganizationKeys,
  accountId: string,
  appointment: Omit<Appointment, 'createdAt'>,
): Record<string, unknown> {
  const { appointmentType } = appointment.details;
  return {
    id: appointment.id,
    emr_appointment_id: appointment.emrAppointmentId,
    emr_patient_id: appointment.emrPatientId,
    status: appointment.status,
    starts_at: appointment.startsAt,
    mode: appointment.mode,
    type_index: appointmentType === undefined ? undefined : byteaText(typeIndex(keys, appointmentType)),
    sealed: byteaText(sealAppointment(keys, accountId, appointment)),
    source: appointment.source,
  };
}

/** The words the account's EMR uses, as its appointments show them, in alphabetical order. */
export async function listVisitWords(
  { database, vault }: Store,
  { organizationId, accountId }: AccountReference,
): Promise<{ readonly types: readonly string[]; readonly statuses: readonly string[] }> {
  const statuses = await database.query<{ status: string }>(
    `select distinct a.status from appointment a
      where a.organization_id = $1 and a.account_id = $2 and a.emr_appointment_id is not null`,
    [organizationId, accountId],
  );
  const samples = await database.query<{ id: string; sealed: Uint8Array }>(
    `select distinct on (a.type_index) a.id, a.sealed from appointment a
      where a.organization_id = $1 and a.account_id = $2 and a.type_index is not null
      order by a.type_index`,
    [organizationId, accountId],
  );
  const types = await vault.withKeys(organizationId, (keys) =>
    samples.flatMap(({ id, sealed }) => openAppointment(keys, accountId, id, sealed).appointmentType ?? []),
  );
  return { types: types.toSorted(), statuses: statuses.map(({ status }) => status).toSorted() };
}
