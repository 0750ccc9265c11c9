import type { Queryable } from '../platform/database/database.ts';
import { json } from '../platform/database/parameter-values.ts';
import type { Patient, PatientDetails } from './appointment.ts';

interface Scope {
  readonly organizationId: string;
  readonly accountId: string;
}

interface PatientRow {
  readonly id: string;
  readonly emr_patient_id: string;
  readonly mrn: string | null;
  readonly details: PatientDetails;
}

export async function findPatients(
  database: Queryable,
  { organizationId, accountId }: Scope,
  emrPatientIds: readonly string[],
): Promise<readonly Patient[]> {
  const rows = await database.query<PatientRow>(
    `select id, emr_patient_id, mrn, details from emr_patient
      where organization_id = $1 and account_id = $2 and emr_patient_id = any($3::text[])`,
    [organizationId, accountId, emrPatientIds],
  );
  return rows.map((row) => ({
    id: row.id,
    emrPatientId: row.emr_patient_id,
    mrn: row.mrn ?? undefined,
    details: row.details,
  }));
}

/** Inserts or replaces. */
export async function writePatients(
  database: Queryable,
  { organizationId, accountId }: Scope,
  patients: readonly Patient[],
  at: Date,
): Promise<void> {
  if (patients.length === 0) return;
  await database.execute(
    `insert into emr_patient (organization_id, account_id, emr_patient_id, id, mrn, details, updated_at)
     select $1, $2, r."emrPatientId", r.id, r.mrn, r.details, $4
       from jsonb_to_recordset($3::jsonb) as r("emrPatientId" text, id text, mrn text, details jsonb)
     on conflict (organization_id, account_id, emr_patient_id)
       do update set mrn = excluded.mrn, details = excluded.details, updated_at = excluded.updated_at`,
    [organizationId, accountId, json(patients), at],
  );
}
