import type { AppointmentDetails, PatientDetails } from '../appointments/appointment.ts';
import type { Queryable } from '../platform/database/database.ts';
import type { Claim } from './claim.ts';
import { type ClaimRow, claimColumns, claimFromRow } from './claim-rows.ts';
import type { ClaimState } from './lifecycle.ts';

interface AccountReference {
  readonly organizationId: string;
  readonly accountId: string;
}

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
  readonly appointment_details: AppointmentDetails;
  readonly patient_details: PatientDetails | null;
}

const listed = `select ${claimColumns}, a.starts_at, a.details as appointment_details, p.details as patient_details
  from claim c
  join appointment a on a.organization_id = c.organization_id and a.account_id = c.account_id
                    and a.id = c.appointment_id
  left join emr_patient p on p.organization_id = c.organization_id and p.account_id = c.account_id
                         and p.emr_patient_id = c.emr_patient_id`;

/** By the time of the request: `from` inclusive, `to` exclusive. */
export interface ClaimFilter {
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

/** Newest first. */
export async function listClaims(
  database: Queryable,
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
  return { claims: rows.map(listedFromRow), totalCount: counted[0]?.total ?? 0 };
}

export async function findClaim(
  database: Queryable,
  { organizationId, accountId }: AccountReference,
  claimId: string,
): Promise<ListedClaim | undefined> {
  const rows = await database.query<ListedRow>(
    `${listed} where c.organization_id = $1 and c.account_id = $2 and c.id = $3`,
    [organizationId, accountId, claimId],
  );
  return rows[0] === undefined ? undefined : listedFromRow(rows[0]);
}

/** For the operator, who serves all organizations: oldest first. */
export async function listClaimsInState(
  database: Queryable,
  state: ClaimState,
  limit: number,
): Promise<readonly Claim[]> {
  const rows = await database.query<ClaimRow>(
    `select ${claimColumns} from claim c where c.state = $1 order by c.created_at, c.id limit $2`,
    [state, limit],
  );
  return rows.map(claimFromRow);
}

function listedFromRow(row: ListedRow): ListedClaim {
  return {
    claim: claimFromRow(row),
    visit: {
      startsAt: row.starts_at,
      provider: row.appointment_details.provider,
      patient: row.patient_details ?? undefined,
    },
  };
}
