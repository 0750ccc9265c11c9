import type { AppointmentDetails, PatientDetails } from '../appointments/appointment.ts';
import { openAppointment } from '../appointments/mirror-secrets.ts';
import type { AccountReference } from '../linked-accounts/linked-account.ts';
import type { Queryable } from '../platform/database/database.ts';
import type { OrganizationKeys } from '../platform/encryption/organization-keys.ts';
import type { Store } from '../platform/encryption/store.ts';
import type { Claim } from './claim.ts';
import { type ClaimRow, claimColumns, claimFromRow, patientFromRow } from './claim-rows.ts';
import type { ClaimState } from './lifecycle.ts';

/** A claim with the visit it was made of. */
export interface ListedClaim {
  readonly claim: Claim;
  readonly visit: {
    readonly startsAt: Date;
    readonly provider: AppointmentDetails['provider'];
    readonly patient: PatientDetails | undefined;
  };
}

interface ListedRow extends ClaimRow {
  readonly starts_at: Date;
  readonly appointment_sealed: Uint8Array;
}

const listed = `select ${claimColumns}, a.starts_at, a.sealed as appointment_sealed
  from claim c
  join appointment a on a.organization_id = c.organization_id and a.account_id = c.account_id
                    and a.id = c.appointment_id`;

/** By the time of the request: `from` inclusive, `to` exclusive. */
export interface ClaimFilter {
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

/** Newest first. */
export async function listClaims(
  { database, vault }: Store,
  { organizationId, accountId }: AccountReference,
  filter: ClaimFilter,
  page: { readonly offset: number; readonly limit: number },
): Promise<{ readonly claims: readonly ListedClaim[]; readonly totalCount: number }> {
  const conditions = `c.organization_id = $1 and c.account_id = $2
    and ($3::timestamptz is null or c.created_at >= $3) and ($4::timestamptz is null or c.created_at < $4)`;
  const values = [organizationId, accountId, filter.from, filter.to];
  const rows = await database.query<ListedRow>(
    `${listed} where ${conditions} order by c.created_at desc, c.id desc limit $5 offset $6`,
    [...values, page.limit, page.offset],
  );
  const counted = await database.query<{ total: number }>(
    `select count(*)::integer as total from claim c where ${conditions}`,
    values,
  );
  return vault.withKeys(organizationId, (keys) => ({
    claims: rows.map((row) => listedFromRow(keys, row)),
    totalCount: counted[0]?.total ?? 0,
  }));
}

export async function findClaim(
  { database, vault }: Store,
  { organizationId, accountId }: AccountReference,
  claimId: string,
): Promise<ListedClaim | undefined> {
  const [row] = await database.query<ListedRow>(
    `${listed} where c.organization_id = $1 and c.account_id = $2 and c.id = $3`,
    [organizationId, accountId, claimId],
  );
  return row === undefined ? undefined : vault.withKeys(organizationId, (keys) => listedFromRow(keys, row));
}

/** What says nothing of a patient, and is not sealed. */
export type ClaimHead = Pick<
  Claim,
  'organizationId' | 'accountId' | 'id' | 'jobId' | 'emrAppointmentId' | 'createdAt'
>;

/** For the operator, who serves all organizations: oldest first. */
export async function listClaimsInState(
  database: Queryable,
  state: ClaimState,
  limit: number,
): Promise<readonly ClaimHead[]> {
  return database.query<ClaimHead>(
    `select organization_id as "organizationId", account_id as "accountId", id, job_id as "jobId",
            emr_appointment_id as "emrAppointmentId", created_at as "createdAt"
       from claim where state = $1 order by created_at, id limit $2`,
    [state, limit],
  );
}

function listedFromRow(keys: OrganizationKeys, row: ListedRow): ListedClaim {
  const { account_id: accountId, appointment_id: appointmentId, appointment_sealed: sealed } = row;
  return {
    claim: claimFromRow(keys, row),
    visit: {
      startsAt: row.starts_at,
      provider: openAppointment(keys, accountId, appointmentId, sealed).provider,
      patient: patientFromRow(keys, row)?.details,
    },
  };
}
