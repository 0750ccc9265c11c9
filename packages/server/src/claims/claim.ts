import type { ClaimFailureReason } from '../emr/connector.ts';
import type { ClaimState } from './lifecycle.ts';

/** One request to make a claim of a visit; a further try after a failure is a claim of its own. */
export interface Claim {
  readonly organizationId: string;
  readonly accountId: string;
  /** Ours, 32 lower-case hex digits; also the marker under which the EMR keeps it. */
  readonly id: string;
  readonly appointmentId: string;
  readonly jobId: number;
  readonly state: ClaimState;
  readonly patientMrn: string | undefined;
  readonly emrAppointmentId: string;
  readonly emrPatientId: string;
  readonly emrClaimId: string | undefined;
  readonly failureReason: string | undefined;
  readonly reasons: readonly ClaimFailureReason[];
  readonly createdAt: Date;
  readonly finishedAt: Date | undefined;
}

/** A claim that one worker holds. */
export interface LeasedClaim extends Claim {
  /** Fences: whoever was paused finds a higher number and writes nothing. */
  readonly leaseNumber: number;
  readonly unavailableTries: number;
  /** Since when the EMR has done nothing but put it off. */
  readonly firstPostponedAt: Date | undefined;
  readonly createCalls: number;
  /**
   * How long ago the EMR may first have been asked, by the database's clock, in milliseconds; undefined when it was not,
   * or what was asked provably came to nothing.
   */
  readonly intentAgeMs: number | undefined;
}

/** The vendor's own words for a failure nobody explained (seed, "Failure"). */
export const defaultFailureReason = 'Failed to create claim';

/** All descriptions in one text, for clients that know nothing of reasons (contract claims.md, 4.4). */
export function failureReasonOf(reasons: readonly ClaimFailureReason[]): string {
  const text = reasons
    .map(({ description }) => description.trim())
    .filter((description) => description !== '')
    .join(' ');
  return text === '' ? defaultFailureReason : text;
}
