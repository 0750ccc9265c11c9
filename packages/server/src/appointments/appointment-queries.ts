import type { Queryable } from '../platform/database/database.ts';
import { json } from '../platform/database/parameter-values.ts';
import type { Appointment, AppointmentDetails, AppointmentSource, PatientDetails } from './appointment.ts';

interface Scope {
  readonly organizationId: string;
  readonly accountId: string;
}

interface AppointmentRow {
  readonly id: string;
  readonly emr_appointment_id: string | null;
  readonly emr_patient_id: string | null;
  readonly status: string;
  readonly starts_at: Date;
  readonly mode: Appointment['mode'] | null;
  readonly details: AppointmentDetails;
  readonly source: AppointmentSource;
  readonly created_at: Date;
}

const columns = `a.id, a.emr_appointment_id, a.emr_patient_id, a.status, a.starts_at, a.mode, a.details, a.source,
  a.created_at`;

export async function findAppointmentsOfEmr(
  database: Queryable,
  { organizationId, accountId }: Scope,
  emrAppointmentIds: readonly string[],
): Promise<readonly Appointment[]> {
  const rows = await database.query<AppointmentRow>(
    `select ${columns} from appointment a
      where a.organization_id = $1 and a.account_id = $2 and a.emr_appointment_id = any($3::text[])`,
    [organizationId, accountId, emrAppointmentIds],
  );
  return rows.map(appointmentFromRow);
}

/** Inserts or replaces, by our id. */
export async function writeAppointments(
  database: Queryable,
  { organizationId, accountId }: Scope,
  appointments: readonly Omit<Appointment, 'createdAt'>[],
  at: Date,
): Promise<void> {
  if (appointments.length === 0) return;
  await database.execute(
    `insert into appointment (organization_id, account_id, id, emr_appointment_id, emr_patient_id, status, starts_at,
                              mode, details, source, created_at, updated_at)
     select $1, $2, r.id, r."emrAppointmentId", r."emrPatientId", r.status, r."startsAt", r.mode, r.details, r.source,
            $4, $4
       from jsonb_to_recordset($3::jsonb) as r(id text, "emrAppointmentId" text, "emrPatientId" text, status text,
              "startsAt" timestamptz, mode text, details jsonb, source text)
     on conflict (organization_id, account_id, id)
       do update set emr_patient_id = excluded.emr_patient_id, status = excluded.status,
                     starts_at = excluded.starts_at, mode = excluded.mode, details = excluded.details,
                     updated_at = excluded.updated_at`,
    [organizationId, accountId, json(appointments), at],
  );
}

/** The patient of a listed appointment, as far as the mirror knows one. */
export interface ListedPatient {
  readonly mrn: string | undefined;
  readonly details: PatientDetails | undefined;
}

export interface ListedAppointment {
  readonly appointment: Appointment;
  readonly patient: ListedPatient;
}

interface ListedRow extends AppointmentRow {
  readonly mrn: string | null;
  readonly patient_details: PatientDetails | null;
}

/** Filters narrow each other. */
export interface AppointmentFilter {
  /** Inclusive. */
  readonly from: Date;
  /** Exclusive. */
  readonly to: Date;
  readonly patientMrn?: string | undefined;
  /** A part of the name, in any case. */
  readonly patientName?: string | undefined;
  /** Digits only. */
  readonly patientPhone?: string | undefined;
  readonly mode?: string | undefined;
}

const withPatient = `from appointment a
  left join emr_patient p on p.organization_id = a.organization_id and p.account_id = a.account_id
                         and p.emr_patient_id = a.emr_patient_id`;

/** In the order they begin. */
export async function listAppointments(
  database: Queryable,
  scope: Scope,
  filter: AppointmentFilter,
  page: { readonly offset: number; readonly limit: number },
): Promise<{ readonly appointments: readonly ListedAppointment[]; readonly totalCount: number }> {
  const { conditions, values } = narrowed(scope, filter);
  const rows = await database.query<ListedRow>(
    `select ${columns}, p.mrn, p.details as patient_details ${withPatient}
      where ${conditions} order by a.starts_at, a.id limit $${values.length + 1} offset $${values.length + 2}`,
    [...values, page.limit, page.offset],
  );
  const counted = await database.query<{ total: number }>(
    `select count(*)::integer as total ${withPatient} where ${conditions}`,
    values,
  );
  return { appointments: rows.map(listedFromRow), totalCount: counted[0]?.total ?? 0 };
}

function narrowed(scope: Scope, filter: AppointmentFilter) {
  const values: unknown[] = [scope.organizationId, scope.accountId, filter.from, filter.to];
  const conditions = [
    'a.organization_id = $1 and a.account_id = $2 and a.starts_at >= $3 and a.starts_at < $4',
  ];
  const narrow = (condition: (parameter: string) => string, value: unknown) => {
    if (value === undefined) return;
    values.push(value);
    conditions.push(condition(`$${values.length}`));
  };
  narrow((value) => `p.mrn = ${value}`, filter.patientMrn);
  narrow(
    (value) =>
      `position(lower(${value}) in lower(concat_ws(' ', p.details->>'firstName', p.details->>'lastName'))) > 0`,
    filter.patientName,
  );
  narrow((value) => `regexp_replace(p.details->>'phone', '[^0-9]', '', 'g') = ${value}`, filter.patientPhone);
  narrow((value) => `a.mode = ${value}`, filter.mode);
  return { conditions: conditions.join(' and '), values };
}

export async function findAppointment(
  database: Queryable,
  { organizationId, accountId }: Scope,
  appointmentId: string,
): Promise<ListedAppointment | undefined> {
  const rows = await database.query<ListedRow>(
    `select ${columns}, p.mrn, p.details as patient_details ${withPatient}
      where a.organization_id = $1 and a.account_id = $2 and a.id = $3`,
    [organizationId, accountId, appointmentId],
  );
  return rows[0] === undefined ? undefined : listedFromRow(rows[0]);
}

/** The words the account's EMR uses, as its appointments show them, in alphabetical order. */
export async function listVisitWords(
  database: Queryable,
  { organizationId, accountId }: Scope,
): Promise<{ readonly types: readonly string[]; readonly statuses: readonly string[] }> {
  const rows = await database.query<{ kind: string; word: string }>(
    `select distinct 'type' as kind, a.details->>'appointmentType' as word from appointment a
      where a.organization_id = $1 and a.account_id = $2 and a.details->>'appointmentType' is not null
     union
     select distinct 'status', a.status from appointment a
      where a.organization_id = $1 and a.account_id = $2 and a.emr_appointment_id is not null`,
    [organizationId, accountId],
  );
  const wordsOf = (kind: string) =>
    rows
      .filter((row) => row.kind === kind)
      .map(({ word }) => word)
      .toSorted();
  return { types: wordsOf('type'), statuses: wordsOf('status') };
}

function appointmentFromRow(row: AppointmentRow): Appointment {
  return {
    id: row.id,
    emrAppointmentId: row.emr_appointment_id ?? undefined,
    emrPatientId: row.emr_patient_id ?? undefined,
    status: row.status,
    startsAt: row.starts_at,
    mode: row.mode ?? undefined,
    details: row.details,
    source: row.source,
    createdAt: row.created_at,
  };
}

function listedFromRow(row: ListedRow): ListedAppointment {
  return {
    appointment: appointmentFromRow(row),
    patient: { mrn: row.mrn ?? undefined, details: row.patient_details ?? undefined },
  };
}
