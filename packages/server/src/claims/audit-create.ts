import { auditDisclosure } from '../audit/audit-disclosure.ts';
import type { AuditResult } from '../audit/audit-entry.ts';
import type { ClaimOutcome } from '../emr/connector.ts';
import type { LeasedClaim } from './claim.ts';
import type { ClaimsContext } from './context.ts';

/** Notes that an EMR is asked to make a claim, before it is; see `auditDisclosure`. */
export function auditCreate(
  { audit }: Pick<ClaimsContext, 'audit'>,
  claim: LeasedClaim,
  create: () => Promise<ClaimOutcome>,
): Promise<ClaimOutcome> {
  const happening = {
    organizationId: claim.organizationId,
    operation: 'post-claims',
    resourceType: 'claim',
    resourceIds: [claim.id, claim.appointmentId, claim.accountId],
  };
  return auditDisclosure(audit, happening, create, resultOf);
}

function resultOf(outcome: ClaimOutcome): AuditResult {
  switch (outcome.kind) {
    case 'created':
      return { outcome: 'allowed' };
    case 'unknown':
      return { outcome: 'unknown' };
    case 'rejected':
      return { outcome: 'failed', errorCode: outcome.reasons[0]?.code };
    case 'unavailable':
    case 'login_required':
      return { outcome: 'failed', errorCode: outcome.kind };
  }
}
