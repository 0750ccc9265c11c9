import type { SubmissionChannel } from './prior-authorization.ts';

export const attemptStatuses = ['pending', 'outcome_unknown', 'completed', 'failed'] as const;
export type AttemptStatus = (typeof attemptStatuses)[number];

export interface AttemptFailure {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
}

/** A name the other side knows the hand-over by, such as a fax id. */
export interface Correlation {
  readonly kind: string;
  readonly value: string;
}

/** Proof of a step on the way to the payer. */
export interface Evidence {
  readonly kind: 'sent' | 'delivered' | 'acknowledged' | 'received_by_payer';
  /** RFC 3339 UTC, by the clock of `source`. */
  readonly at: string;
  readonly source: string;
  /** Hex SHA-256 of what was handed over. */
  readonly sha256?: string;
}

/** One hand-over of a case to a payer (contract README, prior auth 6; fields as V1.5). */
export interface SubmissionAttempt {
  readonly organizationId: string;
  readonly id: string;
  readonly authorizationId: string;
  readonly attemptNumber: number;
  readonly authorizationVersion: number;
  readonly channel: SubmissionChannel;
  readonly status: AttemptStatus;
  /** Fences: every write of a worker names the lease it holds. */
  readonly leaseNumber: number;
  readonly leasedUntil?: Date;
  /** When an unknown outcome is asked about again; absent while only a person can tell. */
  readonly nextInquiryAt?: Date;
  readonly unsentTries: number;
  readonly packetArtifactId?: string;
  /** Set before the channel is called: from here on the packet may have left. */
  readonly handedOverAt?: Date;
  readonly acceptedAt?: Date;
  readonly deliveredAt?: Date;
  readonly completedAt?: Date;
  readonly failedAt?: Date;
  readonly failure?: AttemptFailure;
  readonly correlations: readonly Correlation[];
  readonly evidence: readonly Evidence[];
  readonly createdAt: Date;
}

/** An attempt to be written, and for a change the lease its writer holds. */
export interface AttemptWrite {
  readonly attempt: SubmissionAttempt;
  /** Absent for a new attempt. */
  readonly expectedLeaseNumber?: number;
}
