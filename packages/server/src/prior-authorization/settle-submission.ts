import { asOrganization } from '../platform/database/database-scope.ts';
import { PrecertError } from '../platform/errors.ts';
import type { SubmissionOutcome } from '../submission/channel.ts';
import type { PriorAuthorizationContext } from './context.ts';
import { recordOutcome } from './record-outcome.ts';
import { findAttempt, leaseAttempt } from './submission-attempt-queries.ts';

export interface Settlement {
  readonly organizationId: string;
  readonly attemptId: string;
  readonly outcome: 'delivered' | 'not-delivered';
}

/**
 * A person's word on an attempt whose outcome the channel cannot tell.
 * @throws PrecertError `not_found` when no attempt of this id is `outcome_unknown`, or a worker is just asking
 */
export function settleSubmission(context: PriorAuthorizationContext, settlement: Settlement): Promise<void> {
  return asOrganization(settlement.organizationId, () => settle(context, settlement));
}

async function settle(context: PriorAuthorizationContext, settlement: Settlement): Promise<void> {
  const { organizationId, attemptId, outcome } = settlement;
  const found = await findAttempt(context, organizationId, attemptId);
  const attempt =
    found?.status === 'outcome_unknown'
      ? await leaseAttempt(context, organizationId, attemptId, context.leaseSeconds)
      : undefined;
  if (attempt === undefined)
    throw new PrecertError(
      'not_found',
      'No attempt of this id waits to be settled; if a worker is just asking, try again.',
    );
  await recordOutcome(
    context,
    attempt,
    outcome === 'delivered' ? delivered(context, attemptId) : notDelivered,
  );
}

const notDelivered: SubmissionOutcome = {
  kind: 'rejected',
  failure: {
    code: 'settled_not_delivered',
    message: 'A person found that the payer does not have it.',
    kind: 'retryable',
  },
};

function delivered(context: PriorAuthorizationContext, attemptId: string): SubmissionOutcome {
  const at = context.clock.now().toISOString();
  const note = `${JSON.stringify({ attemptId, settledAt: at, settledBy: 'operator' }, null, 2)}\n`;
  return {
    kind: 'accepted',
    correlations: [],
    evidence: [{ kind: 'received_by_payer', at, source: 'operator' }],
    receipt: {
      mimeType: 'application/json',
      fileName: 'settled-by-operator.json',
      bytes: new TextEncoder().encode(note),
    },
  };
}
