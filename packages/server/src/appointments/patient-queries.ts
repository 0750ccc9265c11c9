import type { AccountReference } from '../linked-accounts/linked-account.ts';
import type { Queryable } from '../platform/database/database.ts';
import { byteaText, json } from '../platform/database/parameter-values.ts';
import type { OrganizationKeys } from '../platform/encryption/organization-keys.ts';
import type { Store } from '../platform/encryption/store.ts';
import type { Patient } from './appointment.ts';
import { mrnIndex, openPatient, phoneIndex, sealPatient } from './mirror-secrets.ts';

interface PatientRow {
  readonly id: string;
  readonly emr_patient_id: string;
  readonly sealed: Uint8Array;
}

export async function findPatients(
  { database, vault }: Store,
  { organizationId, accountId }: AccountReference,
  emrPatientIds: readonly string[],
): Promise<readonly Patient[]> {
  if (emrPatientIds.length === 0) return [];
  const rows = await database.query<PatientRow>(
    `select id, emr_patient_id, sealed from emr_patient
      where organization_id = $1 and account_id = $2 and emr_patient_id = any($3::text[])`,
    [organizationId, accountId, emrPatientIds],
  );
  return vault.withKeys(organizationId, (keys) =>
    rows.map(({ id, emr_patient_id: emrPatientId, sealed }) => {
      const { mrn, details } = openPatient(keys, accountId, emrPatientId, sealed);
      return { id, emrPatientId, mrn, details };
    }),
  );
}

/**
 * Inserts or replaces.
 * @param keys asked for before a transaction begins
 */
export async function writePatients(
  database: Queryable,
  keys: OrganizationKeys,
  accountId: string,
  patients: readonly Patient[],
  at: Date,
): Promise<void> {
  if (patients.length === 0) return;
  await database.execute(
    `insert into emr_patient (organization_id, account_id, emr_patient_id, id, mrn_index, phone_index, sealed, updated_at)
     select $1, $2, r.emr_patient_id, r.id, r.mrn_index, r.phone_index, r.sealed, $4
       from jsonb_to_recordset($3::jsonb)
         as r(emr_patient_id text, id text, mrn_index bytea, phone_index bytea, sealed bytea)
     on conflict (organization_id, account_id, emr_patient_id)
       do update set mrn_index = excluded.mrn_index, phone_index = excluded.phone_index, sealed = excluded.sealed,
                     updated_at = excluded.updated_at`,
    [
      keys.organizationId,
      accountId,
      json(patients.map((patient) => patientRow(keys, accountId, patient))),
      at,
    ],
  );
}

/** JSON leaves out what is undefined, and SQL reads what is left out as null. */
function patientRow(keys: OrganizationKeys, accountId: string, patient: Patient): Record<string, unknown> {
  const { id, emrPatientId, mrn } = patient;
  const { phone } = patient.details;
  return {
    id,
    emr_patient_id: emrPatientId,
    mrn_index: mrn === undefined ? undefined : byteaText(mrnIndex(keys, mrn)),
    phone_index: phone === undefined ? undefined : byteaText(phoneIndex(keys, phone)),
    sealed: byteaText(sealPatient(keys, accountId, patient)),
  };
}
