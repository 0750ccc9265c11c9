import type { ResponseItem } from '../questionnaire/types.ts';
import type { AttachmentFact, CaseData } from '../requirements/case-data.ts';
import type { DecisionState, WorkflowState } from './lifecycle.ts';
import type { AttemptFailure, AttemptStatus } from './submission-attempt.ts';

export const urgencies = ['standard', 'expedited'] as const;
export const submissionChannels = ['fax', 'portal', 'phone'] as const;
export type SubmissionChannel = (typeof submissionChannels)[number];

export const actionTypes = ['validation_issue', 'more_info_request'] as const;
export const actionStatuses = ['open', 'resolved', 'dismissed'] as const;

/** Something the case waits for: ours to recompute (`validation_issue`) or the client's to resolve (contract 4.2, 4.3). */
export interface Action {
  readonly id: string;
  readonly type: (typeof actionTypes)[number];
  readonly status: (typeof actionStatuses)[number];
  readonly message: string;
  readonly field?: string;
  readonly code?: string;
  readonly relatedKeys: readonly string[];
  readonly requestedDocuments: readonly string[];
  readonly resolutionHint?: string;
  readonly artifactId?: string;
  readonly resolution?: ActionResolution;
  readonly createdAt: Date;
  readonly resolvedAt?: Date;
}

export interface ActionResolution {
  readonly attachmentIds: readonly string[];
  readonly note: string | null;
}

/** A ready file in the case's packet. What the file is like is read from the file, never copied. */
export interface Attachment extends AttachmentFact {
  readonly fileId: string;
  readonly sizeBytes: number;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
}

export const artifactKinds = [
  'submission_packet',
  'filled_form',
  'submission_confirmation',
  'payer_approval',
  'payer_denial',
  'payer_information_request',
] as const;
export type ArtifactKind = (typeof artifactKinds)[number];

/** A document of the case's record, made by the server or sent by the payer. */
export interface Artifact {
  readonly id: string;
  readonly fileId: string;
  readonly kind: ArtifactKind;
  readonly label: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
}

export type DecisionDetails =
  | {
      readonly decision: 'approved';
      readonly certificationNumber: string;
      readonly approvedStartDate: string;
      readonly approvedEndDate: string;
      readonly approvalExpiresAt: string;
      readonly payerReferenceNumber: string | null;
      readonly artifactId: string;
      readonly decidedAt: string;
    }
  | {
      readonly decision: 'denied';
      readonly denialReasonCode: string;
      readonly denialReasonMessage: string;
      readonly payerReferenceNumber: string | null;
      readonly artifactId: string;
      readonly decidedAt: string;
    };

/** How the last hand-over went; the whole story is in the attempts. */
export interface LatestSubmission {
  readonly id: string;
  readonly attemptNumber: number;
  readonly status: AttemptStatus;
  readonly channel: SubmissionChannel;
  readonly failure: AttemptFailure | null;
  readonly createdAt: Date;
}

/** The aggregate. Whoever holds one has read all of it in one statement. */
export interface PriorAuthorization {
  readonly organizationId: string;
  readonly id: string;
  readonly workflowState: WorkflowState;
  readonly decisionState: DecisionState;
  readonly templateId: string;
  readonly templateVersion: string;
  /** Of the very content it was created with (`hashTemplate`). */
  readonly templateHash: string;
  readonly case: CaseData;
  readonly answers: readonly ResponseItem[];
  readonly metadata?: Readonly<Record<string, string>>;
  readonly submissionChannel?: SubmissionChannel;
  /** Hand-overs begun so far; the next one's number is one more. */
  readonly submissionCount: number;
  /** A submit was refused and blockers are left (contract 3.3). */
  readonly submitRefused: boolean;
  readonly decisionDetails?: DecisionDetails;
  readonly cancellationReason?: string;
  /** Rises with each change a client can see; 1 on create. */
  readonly version: number;
  /** Sequence of the last event; rises with every change a client can see, and so serializes those who make them. */
  readonly eventSequence: number;
  readonly submittedAt?: Date;
  readonly completedAt?: Date;
  readonly cancelledAt?: Date;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly attachments: readonly Attachment[];
  /** Open validation issues, and every request of the payer's. */
  readonly actions: readonly Action[];
  readonly latestSubmission?: LatestSubmission;
}
