import { byteaText } from '../platform/database/parameter-values.ts';
import type { OrganizationKeys } from '../platform/encryption/organization-keys.ts';
import { type AttemptSecrets, sealedAttempts } from './case-secrets.ts';
import type { SubmissionChannel } from './prior-authorization.ts';
import type {
  AttemptFailure,
  AttemptStatus,
  AttemptWrite,
  Correlation,
  Evidence,
  SubmissionAttempt,
} from './submission-attempt.ts';

export interface AttemptRow {
  readonly organization_id: string;
  readonly id: string;
  readonly authorization_id: string;
  readonly attempt_number: number;
  readonly authorization_version: number;
  readonly channel: SubmissionChannel;
  readonly status: AttemptStatus;
  readonly lease_number: number;
  readonly leased_until: Date | null;
  readonly next_inquiry_at: Date | null;
  readonly unsent_tries: number;
  readonly packet_artifact_id: string | null;
  readonly handed_over_at: Date | null;
  readonly accepted_at: Date | null;
  readonly delivered_at: Date | null;
  readonly completed_at: Date | null;
  readonly failed_at: Date | null;
  readonly sealed: Uint8Array | null;
  readonly correlations: readonly Correlation[];
  readonly evidence: readonly Evidence[];
  readonly created_at: Date;
}

export const attemptColumns = `organization_id, id, authorization_id, attempt_number, authorization_version, channel, status,
  lease_number, leased_until, next_inquiry_at, unsent_tries, packet_artifact_id, handed_over_at, accepted_at, delivered_at,
  completed_at, failed_at, sealed, correlations, evidence, created_at`;

/** @throws SealedValueError, UnknownKeyVersionError */
export function attemptFromRow(keys: OrganizationKeys, row: AttemptRow): SubmissionAttempt {
  return {
    organizationId: row.organization_id,
    id: row.id,
    authorizationId: row.authorization_id,
    attemptNumber: row.attempt_number,
    authorizationVersion: row.authorization_version,
    channel: row.channel,
    status: row.status,
    leaseNumber: row.lease_number,
    unsentTries: row.unsent_tries,
    correlations: row.correlations,
    evidence: row.evidence,
    createdAt: row.created_at,
    ...(row.leased_until === null ? {} : { leasedUntil: row.leased_until }),
    ...(row.next_inquiry_at === null ? {} : { nextInquiryAt: row.next_inquiry_at }),
    ...(row.packet_artifact_id === null ? {} : { packetArtifactId: row.packet_artifact_id }),
    ...(row.handed_over_at === null ? {} : { handedOverAt: row.handed_over_at }),
    ...(row.accepted_at === null ? {} : { acceptedAt: row.accepted_at }),
    ...(row.delivered_at === null ? {} : { deliveredAt: row.delivered_at }),
    ...(row.completed_at === null ? {} : { completedAt: row.completed_at }),
    ...(row.failed_at === null ? {} : { failedAt: row.failed_at }),
    ...(row.sealed === null ? {} : keys.open<AttemptSecrets>(sealedAttempts, [row.id], row.sealed)),
  };
}

/** The row as `update_prior_authorization` takes it. */
export function attemptRow(
  keys: OrganizationKeys,
  { attempt, expectedLeaseNumber }: AttemptWrite,
): Readonly<Record<string, unknown>> {
  return {
    id: attempt.id,
    expected_lease_number: expectedLeaseNumber,
    attempt_number: attempt.attemptNumber,
    authorization_version: attempt.authorizationVersion,
    channel: attempt.channel,
    status: attempt.status,
    lease_number: attempt.leaseNumber,
    leased_until: attempt.leasedUntil,
    next_inquiry_at: attempt.nextInquiryAt,
    unsent_tries: attempt.unsentTries,
    packet_artifact_id: attempt.packetArtifactId,
    handed_over_at: attempt.handedOverAt,
    accepted_at: attempt.acceptedAt,
    delivered_at: attempt.deliveredAt,
    completed_at: attempt.completedAt,
    failed_at: attempt.failedAt,
    sealed:
      attempt.failure === undefined ? undefined : byteaText(sealAttempt(keys, attempt.id, attempt.failure)),
    correlations: attempt.correlations,
    evidence: attempt.evidence,
    created_at: attempt.createdAt,
  };
}

function sealAttempt(keys: OrganizationKeys, attemptId: string, failure: AttemptFailure): Buffer {
  const secrets: AttemptSecrets = { failure };
  return keys.seal(sealedAttempts, [attemptId], secrets);
}
