import type { Queryable } from '../platform/database/database.ts';

export type InsertedClaim =
  | { readonly kind: 'inserted'; readonly jobId: number }
  | { readonly kind: 'appointment_not_found' | 'appointment_missing_emr_id' | 'claim_already_exists' };

/**
 * `nextval` is reached for a duplicate too: job ids have gaps. The conflict is the partial unique index of the
 * duplicates rule (contract claims.md, 1.4); a second request waits for the first one's commit and then finds it.
 */
const insertStatement = {
  name: 'insert_claim',
  text: `
with visit as (
  select a.emr_appointment_id, a.emr_patient_id from appointment a
   where a.organization_id = $1 and a.account_id = $2 and a.id = $3),
inserted as (
  insert into claim (organization_id, account_id, id, appointment_id, job_id, state, emr_appointment_id,
                     emr_patient_id, due_at, created_at)
  select $1, $2, $4, $3, nextval('claim_job_id'), 'pending_create', emr_appointment_id, emr_patient_id, $5, $5
    from visit where emr_appointment_id is not null and emr_patient_id is not null
  on conflict (organization_id, account_id, appointment_id) where state <> 'failed' do nothing
  returning job_id)
select emr_appointment_id is not null and emr_patient_id is not null as "isInEmr", job_id as "jobId"
  from visit left join inserted on true`,
};

interface InsertRow {
  readonly isInEmr: boolean;
  readonly jobId: number | null;
}

export async function insertClaim(
  database: Queryable,
  account: { readonly organizationId: string; readonly accountId: string },
  claim: { readonly claimId: string; readonly appointmentId: string; readonly at: Date },
): Promise<InsertedClaim> {
  const [row] = await database.query<InsertRow>(insertStatement, [
    account.organizationId,
    account.accountId,
    claim.appointmentId,
    claim.claimId,
    claim.at,
  ]);
  if (row === undefined) return { kind: 'appointment_not_found' };
  if (!row.isInEmr) return { kind: 'appointment_missing_emr_id' };
  if (row.jobId === null) return { kind: 'claim_already_exists' };
  return { kind: 'inserted', jobId: row.jobId };
}
