import { assertReady, getFile } from '../files/get-file.ts';
import { invalidField, PrecertError } from '../platform/errors.ts';
import { assertVersion, changeCase } from './change-case.ts';
import type { PriorAuthorizationContext } from './context.ts';
import { actionEvents, type NewEvent, newEvent, stateChange } from './events.ts';
import { assertAllowed, type Operation, transition, type WorkflowState } from './lifecycle.ts';
import type {
  Action,
  Artifact,
  ArtifactKind,
  DecisionDetails,
  PriorAuthorization,
} from './prior-authorization.ts';

/** What a payer can say of a submitted case (contract prior-auth.md, 1.16). */
export type PayerEvent =
  | {
      readonly type: 'approval';
      readonly documentFileId: string;
      readonly certificationNumber: string;
      readonly approvedStartDate: string;
      readonly approvedEndDate: string;
      readonly approvalExpiresAt: string;
      readonly payerReferenceNumber?: string;
    }
  | {
      readonly type: 'denial';
      readonly documentFileId: string;
      readonly denialReasonCode: string;
      readonly denialReasonMessage: string;
      readonly payerReferenceNumber?: string;
    }
  | {
      readonly type: 'more_info_request';
      readonly documentFileId: string;
      readonly message: string;
      readonly requestedDocuments: readonly string[];
      readonly resolutionHint?: string;
    };

const effects = {
  approval: { operation: 'approve', target: 'completed', kind: 'payer_approval', label: 'Payer approval' },
  denial: { operation: 'deny', target: 'completed', kind: 'payer_denial', label: 'Payer denial' },
  more_info_request: {
    operation: 'request_information',
    target: 'action_required',
    kind: 'payer_information_request',
    label: 'Payer request for information',
  },
} as const satisfies Record<
  PayerEvent['type'],
  { operation: Operation; target: WorkflowState; kind: ArtifactKind; label: string }
>;

/**
 * Takes the payer's word on a case that awaits it; the payer's document becomes an artifact.
 * @param options.documentPurpose the purpose the payer's document must have been stored with
 * @throws PrecertError `authorization_not_found`, `inbound_event_not_allowed_for_state`, `file_not_found`,
 *         `file_not_ready`, `file_purpose_mismatch`
 */
export async function receivePayerEvent(
  context: PriorAuthorizationContext,
  organizationId: string,
  authorizationId: string,
  event: PayerEvent,
  options: {
    readonly documentPurpose: 'sandbox_payer_document';
    readonly expectedVersion: number | undefined;
  },
): Promise<PriorAuthorization> {
  const { operation, target } = effects[event.type];
  return changeCase(context, organizationId, authorizationId, async (current) => {
    assertVersion(current, options.expectedVersion);
    assertApprovedRange(event);
    await assertPayerDocument(context, organizationId, event.documentFileId, options.documentPurpose);
    assertAllowed(current.workflowState, operation);
    const now = context.clock.now();
    const artifact = artifactOf(context, event, now);
    const action =
      event.type === 'more_info_request' ? openRequest(context, event, artifact.id, now) : undefined;
    const opened = action === undefined ? [] : [action];
    const next: PriorAuthorization = {
      ...current,
      ...decisionOf(event, artifact.id, now),
      actions: [...current.actions, ...opened],
      workflowState: transition(current.workflowState, operation, target),
      version: current.version + 1,
      updatedAt: now,
    };
    const events = eventsOf(context, event, current, next, artifact, opened);
    return { write: { next, events, actions: opened, artifacts: [artifact] }, result: next };
  });
}

function assertApprovedRange(event: PayerEvent): void {
  if (event.type !== 'approval' || new Date(event.approvedEndDate) >= new Date(event.approvedStartDate))
    return;
  throw invalidField(
    'approvedEndDate',
    'too_small',
    'The approved end date is before the approved start date.',
  );
}

async function assertPayerDocument(
  context: PriorAuthorizationContext,
  organizationId: string,
  fileId: string,
  purpose: string,
): Promise<void> {
  const file = await getFile(context, organizationId, fileId);
  if (file.purpose !== purpose) {
    throw new PrecertError(
      'file_purpose_mismatch',
      `A payer event takes a file uploaded as \`${purpose}\`.`,
      {
        details: { fileId, purpose: file.purpose },
      },
    );
  }
  assertReady(file);
}

function artifactOf(context: PriorAuthorizationContext, event: PayerEvent, createdAt: Date): Artifact {
  const { kind, label } = effects[event.type];
  return { id: context.ids.next('art'), fileId: event.documentFileId, kind, label, metadata: {}, createdAt };
}

function openRequest(
  context: PriorAuthorizationContext,
  event: Extract<PayerEvent, { type: 'more_info_request' }>,
  artifactId: string,
  createdAt: Date,
): Action {
  return {
    id: context.ids.next('act'),
    type: 'more_info_request',
    status: 'open',
    message: event.message,
    relatedKeys: [],
    requestedDocuments: event.requestedDocuments,
    ...(event.resolutionHint === undefined ? {} : { resolutionHint: event.resolutionHint }),
    artifactId,
    createdAt,
  };
}

function decisionOf(event: PayerEvent, artifactId: string, now: Date): Partial<PriorAuthorization> {
  if (event.type === 'more_info_request') return {};
  const { type, documentFileId: _file, payerReferenceNumber = null, ...facts } = event;
  const common = { payerReferenceNumber, artifactId, decidedAt: now.toISOString() };
  const details =
    type === 'approval'
      ? { decision: 'approved', ...facts, ...common }
      : { decision: 'denied', ...facts, ...common };
  // `facts` are the fields of this very event type, which DecisionDetails repeats by name.
  return {
    decisionState: details.decision as 'approved' | 'denied',
    decisionDetails: details as DecisionDetails,
    completedAt: now,
  };
}

function eventsOf(
  context: PriorAuthorizationContext,
  event: PayerEvent,
  before: PriorAuthorization,
  next: PriorAuthorization,
  artifact: Artifact,
  opened: readonly Action[],
): readonly NewEvent[] {
  const { workflowState, decisionState } = next;
  const decided = { workflowState, decisionState, artifactId: artifact.id };
  return [
    newEvent(context, 'prior_auth.payer_event.received', { workflowState, payerEventType: event.type }),
    newEvent(context, 'prior_auth.artifact.created', {
      workflowState,
      artifactId: artifact.id,
      kind: artifact.kind,
    }),
    ...(event.type === 'approval' ? [newEvent(context, 'prior_auth.authorization.approved', decided)] : []),
    ...(event.type === 'denial' ? [newEvent(context, 'prior_auth.authorization.denied', decided)] : []),
    ...actionEvents(context, workflowState, opened, []),
    ...stateChange(context, before.workflowState, next),
  ];
}
