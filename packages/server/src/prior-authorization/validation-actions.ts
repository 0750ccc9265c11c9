import type { Evaluation, ValidationIssue } from '../requirements/evaluation.ts';
import type { WorkflowState } from './lifecycle.ts';
import type { Action } from './prior-authorization.ts';

export interface Preparation {
  /** The case's from now on; those in `resolved` are no longer among them. */
  readonly actions: readonly Action[];
  readonly opened: readonly Action[];
  readonly resolved: readonly Action[];
  readonly submitRefused: boolean;
  readonly workflowState: WorkflowState;
}

/**
 * The rule between `needs_input` and `action_required` (contract prior-auth.md, 3.3): a `validation_issue`
 * action exists for every conflict blocker and, once a submit was refused, for every absence blocker too, until
 * no blocker is left. Any open action makes `action_required`; else any blocker makes `needs_input`.
 */
export function prepareCase(
  current: { readonly actions: readonly Action[]; readonly submitRefused: boolean },
  evaluation: Evaluation,
  make: { readonly actionId: () => string; readonly now: Date },
): Preparation {
  const submitRefused = current.submitRefused && evaluation.blockers.length > 0;
  const wanted = new Map<string, ValidationIssue>();
  for (const { kind, issue } of evaluation.blockers) {
    if (kind === 'conflict' || submitRefused) wanted.set(identityOf(issue), issue);
  }
  const resolved: Action[] = [];
  const kept = current.actions.filter((action) => {
    if (action.type !== 'validation_issue' || wanted.delete(identityOf(action))) return true;
    resolved.push({ ...action, status: 'resolved', resolvedAt: make.now });
    return false;
  });
  const opened = [...wanted.values()].map((issue) => openValidationAction(issue, make));
  const actions = [...kept, ...opened];
  return { actions, opened, resolved, submitRefused, workflowState: stateOf(actions, evaluation) };
}

function stateOf(actions: readonly Action[], evaluation: Evaluation): WorkflowState {
  if (actions.some((action) => action.status === 'open')) return 'action_required';
  return evaluation.blockers.length > 0 ? 'needs_input' : 'ready_to_submit';
}

/** Two issues are the same one when field, code and keys agree; the wording may change with the template's. */
function identityOf(issue: {
  readonly field?: string;
  readonly code?: string;
  readonly relatedKeys: readonly string[];
}): string {
  return JSON.stringify([issue.field, issue.code, issue.relatedKeys]);
}

function openValidationAction(
  issue: ValidationIssue,
  make: { readonly actionId: () => string; readonly now: Date },
): Action {
  return {
    id: make.actionId(),
    type: 'validation_issue',
    status: 'open',
    message: issue.message,
    field: issue.field,
    code: issue.code,
    relatedKeys: issue.relatedKeys,
    requestedDocuments: [],
    createdAt: make.now,
  };
}
