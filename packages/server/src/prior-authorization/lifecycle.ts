import { type ErrorCode, PrecertError } from '../platform/errors.ts';

/** Contract prior-auth.md, 2: the complete table of the vendor. */
export const workflowStates = [
  'needs_input',
  'ready_to_submit',
  'submitting',
  'pending_payer',
  'action_required',
  'completed',
  'cancelled',
] as const;
export type WorkflowState = (typeof workflowStates)[number];

export const decisionStates = ['unknown', 'pending', 'approved', 'denied'] as const;
export type DecisionState = (typeof decisionStates)[number];

/** What can happen to a case. The first seven are the client's, the rest the channel's and the payer's. */
export const operations = [
  'update',
  'attach',
  'detach',
  'preview',
  'submit',
  'resolve',
  'cancel',
  'hand_over',
  'hand_over_failed',
  'approve',
  'deny',
  'request_information',
] as const;
export type Operation = (typeof operations)[number];

/** The states a case under preparation moves between as its blockers come and go (contract 3.3). */
const preparing = ['needs_input', 'ready_to_submit', 'action_required'] as const;

/**
 * The one transition table (contract prior-auth.md, 3.1 and 3.2): state × operation → states it may lead to.
 * What is not here is refused. No other code compares states to decide what is allowed.
 */
export const transitions = {
  needs_input: {
    update: preparing,
    attach: preparing,
    detach: preparing,
    preview: ['needs_input'],
    // Ready after all when the rules were mended since the case was last settled.
    submit: ['action_required', 'submitting'],
    cancel: ['cancelled'],
  },
  ready_to_submit: {
    update: preparing,
    attach: preparing,
    detach: preparing,
    preview: ['ready_to_submit'],
    submit: ['submitting', 'action_required'],
    cancel: ['cancelled'],
  },
  submitting: {
    hand_over: ['pending_payer'],
    // What made it fail may be a blocker by itself, such as an attachment found to be unreadable.
    hand_over_failed: preparing,
  },
  pending_payer: {
    approve: ['completed'],
    deny: ['completed'],
    request_information: ['action_required'],
    cancel: ['cancelled'],
  },
  action_required: {
    update: preparing,
    attach: preparing,
    detach: preparing,
    preview: ['action_required'],
    resolve: ['ready_to_submit', 'action_required'],
    cancel: ['cancelled'],
  },
  completed: {},
  cancelled: {},
} as const satisfies Record<WorkflowState, Partial<Record<Operation, readonly WorkflowState[]>>>;

/** The contract's refusal of each operation in a state that does not allow it. */
export const refusals = {
  update: 'authorization_not_updatable',
  attach: 'authorization_attachments_not_mutable',
  detach: 'authorization_attachments_not_mutable',
  preview: 'authorization_not_previewable',
  submit: 'authorization_not_submittable',
  resolve: 'action_already_resolved',
  cancel: 'authorization_not_cancellable',
  hand_over: 'authorization_not_submittable',
  hand_over_failed: 'authorization_not_submittable',
  approve: 'inbound_event_not_allowed_for_state',
  deny: 'inbound_event_not_allowed_for_state',
  request_information: 'inbound_event_not_allowed_for_state',
} as const satisfies Record<Operation, ErrorCode>;

const refusalTexts: Record<Operation, string> = {
  update: 'cannot be updated',
  attach: 'does not take attachments',
  detach: 'does not let go of attachments',
  preview: 'cannot be previewed',
  submit: 'cannot be submitted',
  resolve: 'has no open request to resolve',
  cancel: 'cannot be cancelled',
  hand_over: 'is not being submitted',
  hand_over_failed: 'is not being submitted',
  approve: 'does not await the payer',
  deny: 'does not await the payer',
  request_information: 'does not await the payer',
};

export function allowedTargets(state: WorkflowState, operation: Operation): readonly WorkflowState[] {
  const row: Partial<Record<Operation, readonly WorkflowState[]>> = transitions[state];
  return row[operation] ?? [];
}

/** @throws PrecertError with the operation's own refusal code (contract 3.2). */
export function assertAllowed(state: WorkflowState, operation: Operation): void {
  if (allowedTargets(state, operation).length > 0) return;
  throw new PrecertError(
    refusals[operation],
    `An authorization in \`${state}\` ${refusalTexts[operation]}.`,
    {
      details: { workflowState: state },
    },
  );
}

/**
 * The state after an operation, checked against the table.
 * @throws Error when a use case decides for a state the table does not know: a defect, not a client's mistake.
 */
export function transition(state: WorkflowState, operation: Operation, target: WorkflowState): WorkflowState {
  assertAllowed(state, operation);
  if (!allowedTargets(state, operation).includes(target)) {
    throw new Error(`The lifecycle has no way from ${state} by ${operation} to ${target}.`);
  }
  return target;
}
