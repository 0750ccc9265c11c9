import { auditDisclosure } from '../audit/audit-disclosure.ts';
import type { AuditResult } from '../audit/audit-entry.ts';
import type { SubmissionOutcome } from '../submission/channel.ts';
import type { PriorAuthorizationContext } from './context.ts';
import type { SubmissionAttempt } from './submission-attempt.ts';

/** Notes that a case is given to its payer, before it is; see `auditDisclosure`. */
export function auditHandOver(
  { audit }: Pick<PriorAuthorizationContext, 'audit'>,
  attempt: SubmissionAttempt,
  handOver: () => Promise<SubmissionOutcome>,
): Promise<SubmissionOutcome> {
  const happening = {
    organizationId: attempt.organizationId,
    operation: 'deliver-submission',
    resourceType: 'prior_authorization',
    resourceIds: [attempt.authorizationId, attempt.id],
  };
  return auditDisclosure(audit, happening, handOver, resultOf);
}

function resultOf(outcome: SubmissionOutcome): AuditResult {
  if (outcome.kind === 'accepted') return { outcome: 'allowed' };
  if (outcome.kind === 'rejected') return { outcome: 'failed', errorCode: outcome.failure.code };
  return { outcome: 'unknown' };
}
