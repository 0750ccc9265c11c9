import type { AccountReference } from '../linked-accounts/linked-account.ts';
import type { Queryable } from '../platform/database/database.ts';
import type { OrganizationKeys } from '../platform/encryption/organization-keys.ts';
import type { Store } from '../platform/encryption/store.ts';
import type { Appointment, PatientDetails } from './appointment.ts';
import { type AppointmentRow, appointmentColumns, appointmentFromRow } from './appointment-rows.ts';
import { mrnIndex, openPatient, phoneIndex } from './mirror-secrets.ts';
import { findPatients } from './patient-queries.ts';

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
  readonly patient_sealed: Uint8Array | null;
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
  /** Only the digits are compared. */
  readonly patientPhone?: string | undefined;
  readonly mode?: string | undefined;
}

const withPatient = `from appointment a
  left join emr_patient p on p.organization_id = a.organization_id and p.account_id = a.account_id
                         and p.emr_patient_id = a.emr_patient_id`;

const listed = `select ${appointmentColumns}, p.sealed as patient_sealed ${withPatient}`;

/** In the order they begin. */
export async function listAppointments(
  store: Store,
  scope: AccountReference,
  filter: AppointmentFilter,
  page: { readonly offset: number; readonly limit: number },
): Promise<{ readonly appointments: readonly ListedAppointment[]; readonly totalCount: number }> {
  const { database, vault } = store;
  const { organizationId, accountId } = scope;
  const narrowing = narrowed(await vault.keysOf(organizationId), scope, filter);
  if (filter.patientName !== undefined) {
    const namesakes = await findNamesakes(store, scope, narrowing, filter.patientName);
    narrow(narrowing, (value) => `a.emr_patient_id = any(${value}::text[])`, namesakes);
  }
  const { values } = narrowing;
  const conditions = narrowing.conditions.join(' and ');
  const rows = await database.query<ListedRow>(
    `${listed} where ${conditions}
      order by a.starts_at, a.id limit $${values.length + 1} offset $${values.length + 2}`,
    [...values, page.limit, page.offset],
  );
  const totalCount = await countAppointments(database, conditions, values);
  return vault.withKeys(organizationId, (keys) => ({
    appointments: rows.map((row) => listedFromRow(keys, accountId, row)),
    totalCount,
  }));
}

async function countAppointments(
  database: Queryable,
  conditions: string,
  values: readonly unknown[],
): Promise<number> {
  const [row] = await database.query<{ total: number }>(
    `select count(*)::integer as total ${withPatient} where ${conditions}`,
    values,
  );
  return row?.total ?? 0;
}

interface Narrowing {
  readonly conditions: string[];
  readonly values: unknown[];
}

function narrow(
  { conditions, values }: Narrowing,
  condition: (parameter: string) => string,
  value: unknown,
): void {
  if (value === undefined) return;
  values.push(value);
  conditions.push(condition(`$${values.length}`));
}

/** By all but the name, for which there is no index. */
function narrowed(
  keys: OrganizationKeys,
  { organizationId, accountId }: AccountReference,
  { from, to, patientMrn, patientPhone, mode }: AppointmentFilter,
): Narrowing {
  const narrowing: Narrowing = {
    conditions: ['a.organization_id = $1 and a.account_id = $2 and a.starts_at >= $3 and a.starts_at < $4'],
    values: [organizationId, accountId, from, to],
  };
  const mrn = patientMrn === undefined ? undefined : mrnIndex(keys, patientMrn);
  narrow(narrowing, (value) => `p.mrn_index = ${value}`, mrn);
  const phone = patientPhone === undefined ? undefined : phoneIndex(keys, patientPhone);
  narrow(narrowing, (value) => `p.phone_index = ${value}`, phone);
  narrow(narrowing, (value) => `a.mode = ${value}`, mode);
  return narrowing;
}

/** Patients opened in one go; between two the process does other things. */
const patientsAtOnce = 1_000;

/**
 * The EMR's ids of those patients of the narrowed appointments whose name has the part. No index finds a part of a
 * sealed name, so they are opened one after the other: the range of days keeps them few.
 */
async function findNamesakes(
  store: Store,
  scope: AccountReference,
  { conditions, values }: Narrowing,
  part: string,
): Promise<readonly string[]> {
  const candidates = await store.database.query<{ id: string }>(
    `select distinct a.emr_patient_id as id ${withPatient}
      where ${conditions.join(' and ')} and a.emr_patient_id is not null`,
    values,
  );
  const wanted = part.toLowerCase();
  const found: string[] = [];
  for (let from = 0; from < candidates.length; from += patientsAtOnce) {
    const ids = candidates.slice(from, from + patientsAtOnce).map(({ id }) => id);
    for (const { emrPatientId, details } of await findPatients(store, scope, ids)) {
      const name = `${details.firstName} ${details.lastName}`.toLowerCase();
      if (name.includes(wanted)) found.push(emrPatientId);
    }
  }
  return found;
}

export async function findAppointment(
  { database, vault }: Store,
  { organizationId, accountId }: AccountReference,
  appointmentId: string,
): Promise<ListedAppointment | undefined> {
  const [row] = await database.query<ListedRow>(
    `${listed} where a.organization_id = $1 and a.account_id = $2 and a.id = $3`,
    [organizationId, accountId, appointmentId],
  );
  return row === undefined
    ? undefined
    : vault.withKeys(organizationId, (keys) => listedFromRow(keys, accountId, row));
}

function listedFromRow(keys: OrganizationKeys, accountId: string, row: ListedRow): ListedAppointment {
  const { emr_patient_id: emrPatientId, patient_sealed: sealed } = row;
  const patient =
    emrPatientId === null || sealed === null
      ? { mrn: undefined, details: undefined }
      : openPatient(keys, accountId, emrPatientId, sealed);
  return { appointment: appointmentFromRow(keys, accountId, row), patient };
}
