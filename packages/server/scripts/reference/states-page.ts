import {
  type ClaimOperation,
  type ClaimState,
  claimOperations,
  claimStates,
  leadsTo,
  statesAllowing,
  targetOf,
} from '../../src/claims/lifecycle.ts';
import { flatErrorRendering } from '../../src/platform/http/flat-error-envelope.ts';
import {
  allowedTargets,
  type DecisionState,
  decisionStates,
  type Operation,
  operations,
  refusals,
  transitions,
  type WorkflowState,
  workflowStates,
} from '../../src/prior-authorization/lifecycle.ts';
import { type AttemptStatus, attemptStatuses } from '../../src/prior-authorization/submission-attempt.ts';
import { code, page, table } from './markdown.ts';

/** `docs/reference/states.md`: the states, and which operation leads from where to where. */
export function statesPage(): string {
  return page(
    'States',
    'the transition tables (`lifecycle.ts` in `src/prior-authorization` and `src/claims`)',
    [
      'An authorization has two states: `workflowState` says whose turn it is, `decisionState` what the payer decided.',
      '## Workflow states',
      table(
        ['State', 'Meaning'],
        workflowStates.map((state) => [code(state), workflowMeanings[state]]),
      ),
      ['```mermaid', diagram(), '```'].join('\n'),
      '## What each operation does in each state',
      [
        'Where the state is not listed the operation is refused and changes nothing. `update`, `attach` and `detach` lead to',
        'whichever state fits what is then missing or wrong. `submit` leads to `action_required` when it is refused because of',
        'blocking issues.',
      ].join('\n'),
      table(['Operation', 'Called by', 'Allowed in', 'Leads to', 'Else'], operations.map(operationRow)),
      '## Decision states',
      table(
        ['State', 'Meaning'],
        decisionStates.map((state) => [code(state), decisionMeanings[state]]),
      ),
      '## Submission attempts',
      'Each hand-over to a payer is an attempt of its own, listed at `GET …/submissions`.',
      table(
        ['Status', 'Meaning'],
        attemptStatuses.map((status) => [code(status), attemptMeanings[status]]),
      ),
      ...claimSections(),
    ],
  );
}

/** The states of a claim of the claims API. */
function claimSections(): readonly string[] {
  return [
    '## Claims',
    [
      'A claim is a request to make one in the EMR. It holds its appointment, so that no second one is taken, in every state',
      'but `failed`. Nothing leads out of `created` and `failed`.',
    ].join('\n'),
    table(
      ['State', 'Meaning'],
      claimStates.map((state) => [code(state), claimMeanings[state]]),
    ),
    ['```mermaid', claimDiagram(), '```'].join('\n'),
    table(
      ['What happens', 'When', 'In', 'Leads to', 'Event'],
      claimOperations.map((operation) => [
        code(operation),
        claimOccasions[operation],
        statesAllowing(operation).map(code).join(', '),
        code(leadsTo(operation)),
        claimEvents[operation],
      ]),
    ),
  ];
}

const claimMeanings: Readonly<Record<ClaimState, string>> = {
  pending_create: 'Queued, or just being asked of the EMR, or searched for there after its answer was lost.',
  created: 'The EMR has it, under `emr_claim_id`. Final.',
  failed:
    'The EMR does not have it; `reasons` tell why. Final: another try is another claim of the same appointment.',
  outcome_unknown:
    'The EMR may or may not have it, and could not be asked for a quarter of an hour, or cannot be asked at all. It is searched for further, or a person finds out and says so with `precert claims resolve`.',
};

const claimOccasions: Readonly<Record<ClaimOperation, string>> = {
  confirm: 'The EMR says that it made the claim, a search finds it there, or a person did.',
  fail: 'The EMR refuses it, is not reached in about ten tries, no longer takes the login; or a person says so.',
  lose_track: 'The EMR may have it and cannot be asked.',
  rule_out: 'A later search proves that the EMR has nothing.',
};

const claimEvents: Readonly<Record<ClaimOperation, string>> = {
  confirm: '`claim.created`',
  fail: '`claim.failed`',
  lose_track: '`claim.outcome_unknown`',
  rule_out: '',
};

function claimDiagram(): string {
  const arrows = claimStates.flatMap((from) =>
    claimOperations.flatMap((operation) => {
      const to = targetOf(from, operation);
      return to === undefined ? [] : [`    ${from} --> ${to}: ${operation}`];
    }),
  );
  return [
    'stateDiagram-v2',
    '    [*] --> pending_create: request',
    ...arrows,
    '    created --> [*]',
    '    failed --> [*]',
  ].join('\n');
}

const workflowMeanings: Readonly<Record<WorkflowState, string>> = {
  needs_input: 'Something required is missing: an answer, a part of the case, a document.',
  ready_to_submit: 'Nothing is missing; submit when you like.',
  submitting: 'The packet is being handed over.',
  pending_payer: 'The payer has the packet; wait for its answer.',
  action_required: 'An action is open: something given is wrong, or the payer asks for more.',
  completed: 'The payer decided. Final.',
  cancelled: 'The clinic withdrew it. Final.',
};

const decisionMeanings: Readonly<Record<DecisionState, string>> = {
  unknown: 'Not with the payer, or cancelled.',
  pending: 'Handed over; no decision yet. Stays so while the payer asks for more.',
  approved: 'Approved; `decisionDetails` tells number and dates.',
  denied: 'Denied; `decisionDetails` tells the reason.',
};

const attemptMeanings: Readonly<Record<AttemptStatus, string>> = {
  pending: 'Being prepared or handed over. Taken up again by itself after a crash.',
  outcome_unknown:
    'The packet may or may not have left. Never sent again blindly: the channel is asked; if it cannot tell, a person does with `precert submissions settle`.',
  completed: 'The channel took the packet.',
  failed: 'Nothing was taken; the authorization is `ready_to_submit` again.',
};

const callers: Readonly<Record<Operation, string>> = {
  update: '`PATCH`',
  attach: '`POST …/attachments`',
  detach: '`DELETE …/attachments/{id}`',
  preview: '`POST …/preview`',
  submit: '`POST …/submit`',
  resolve: '`POST …/actions/{id}/resolve`',
  cancel: '`POST …/cancel`',
  hand_over: 'the channel',
  hand_over_failed: 'the channel',
  approve: 'the payer',
  deny: 'the payer',
  request_information: 'the payer',
};

function operationRow(operation: Operation): string[] {
  const from = workflowStates.filter((state) => allowedTargets(state, operation).length > 0);
  const to = new Set(from.flatMap((state) => allowedTargets(state, operation)));
  const refusal = refusals[operation];
  return [
    code(operation),
    callers[operation],
    from.map(code).join(', '),
    isStay(operation)
      ? 'the same state'
      : workflowStates
          .filter((state) => to.has(state))
          .map(code)
          .join(', '),
    callers[operation] === 'the channel' ? '' : `${flatErrorRendering(refusal).status} \`${refusal}\``,
  ];
}

function isStay(operation: Operation): boolean {
  return workflowStates.every((state) =>
    allowedTargets(state, operation).every((target) => target === state),
  );
}

/** One arrow for each pair of states, its label every operation that goes that way. A stay is no arrow. */
function diagram(): string {
  const arrows = workflowStates.flatMap((from) =>
    workflowStates
      .filter((to) => to !== from)
      .map((to) => ({ from, to, labels: operationsBetween(from, to) }))
      .filter(({ labels }) => labels.length > 0),
  );
  return [
    'stateDiagram-v2',
    ...['needs_input', 'ready_to_submit', 'action_required'].map((to) => `    [*] --> ${to}: create`),
    ...arrows.map(({ from, to, labels }) => `    ${from} --> ${to}: ${labels.join(', ')}`),
    ...workflowStates
      .filter((state) => Object.keys(transitions[state]).length === 0)
      .map((state) => `    ${state} --> [*]`),
  ].join('\n');
}

function operationsBetween(from: WorkflowState, to: WorkflowState): readonly Operation[] {
  return operations.filter((operation) => allowedTargets(from, operation).includes(to));
}
