/** What the rows of a case keep sealed, and what binds it to them. */

import type { OrganizationKeys } from '../platform/encryption/organization-keys.ts';
import type { SealedTable } from '../platform/encryption/sealed-table.ts';
import type { Action, Attachment, PriorAuthorization } from './prior-authorization.ts';
import type { AttemptFailure } from './submission-attempt.ts';

export const sealedCases: SealedTable = { name: 'prior_authorization', key: ['id'] };
export const sealedAttachments: SealedTable = { name: 'prior_authorization_attachment', key: ['id'] };
export const sealedActions: SealedTable = { name: 'prior_authorization_action', key: ['id'] };
export const sealedPreviews: SealedTable = {
  name: 'prior_authorization_preview',
  key: ['authorization_id'],
};
export const sealedAttempts: SealedTable = { name: 'submission_attempt', key: ['id'] };

/** Every table of this room with sealed values. */
export const sealedTables: readonly SealedTable[] = [
  sealedCases,
  sealedAttachments,
  sealedActions,
  sealedPreviews,
  sealedAttempts,
];

export type CaseSecrets = Pick<
  PriorAuthorization,
  'case' | 'answers' | 'metadata' | 'decisionDetails' | 'cancellationReason'
>;
export type AttachmentSecrets = Pick<Attachment, 'label' | 'documentTypes' | 'metadata'>;
export type ActionSecrets = Pick<Action, 'message' | 'requestedDocuments' | 'resolutionHint' | 'resolution'>;
/** Of a failed attempt; what a channel says of a failure may name the patient. */
export type AttemptSecrets = { readonly failure: AttemptFailure };

export function sealCase(keys: OrganizationKeys, current: PriorAuthorization): Buffer {
  const { case: data, answers, metadata, decisionDetails, cancellationReason } = current;
  // JSON leaves out what is undefined.
  const secrets = { case: data, answers, metadata, decisionDetails, cancellationReason };
  return keys.seal(sealedCases, [current.id], secrets);
}

export function sealAttachment(keys: OrganizationKeys, attachment: Attachment): Buffer {
  const { id, label, documentTypes, metadata } = attachment;
  return keys.seal(sealedAttachments, [id], { label, documentTypes, metadata });
}

export function sealAction(keys: OrganizationKeys, action: Action): Buffer {
  const { id, message, requestedDocuments, resolutionHint, resolution } = action;
  return keys.seal(sealedActions, [id], { message, requestedDocuments, resolutionHint, resolution });
}

/** The blind index by which the cases of a member are found. */
export function memberIndex(keys: OrganizationKeys, memberId: string): Buffer {
  return keys.index('prior_authorization.member_id', memberId);
}
