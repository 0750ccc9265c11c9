import { resolveAnswerFiles } from './answer-files.ts';
import { type CasePatch, patchCase } from './case-input.ts';
import { assertVersion, changeCase, type Decision } from './change-case.ts';
import type { PriorAuthorizationContext } from './context.ts';
import { newEvent } from './events.ts';
import { assertAllowed } from './lifecycle.ts';
import { mergeResponse } from './merge-response.ts';
import type { PriorAuthorization } from './prior-authorization.ts';
import { settleCase } from './settle-case.ts';

export interface UpdateRequest extends CasePatch {
  readonly questionnaireResponse?: unknown;
  readonly metadata?: Readonly<Record<string, string>> | null;
}

/**
 * Merges a PATCH into a case; all of it or nothing (contract prior-auth.md, 1.5 and 5.4). An empty one changes
 * nothing: the case is answered as it is.
 * @throws PrecertError `authorization_not_found`, `version_conflict`, `authorization_not_updatable`,
 *         `validation_error`, `questionnaire_item_not_enabled`, and what `resolveAnswerFiles` throws
 */
export async function updatePriorAuthorization(
  context: PriorAuthorizationContext,
  organizationId: string,
  authorizationId: string,
  request: UpdateRequest,
  expectedVersion: number | undefined,
): Promise<PriorAuthorization> {
  return changeCase(context, organizationId, authorizationId, async (current) => {
    assertVersion(current, expectedVersion);
    assertAllowed(current.workflowState, 'update');
    if (Object.keys(request).length === 0) return { result: current };
    return decideUpdate(context, current, request);
  });
}

async function decideUpdate(
  context: PriorAuthorizationContext,
  current: PriorAuthorization,
  request: UpdateRequest,
): Promise<Decision<PriorAuthorization>> {
  const { questionnaireResponse, metadata, ...casePatch } = request;
  const template = await context.templates.ofCase(current);
  const data = patchCase(current.case, casePatch, context.clock.now().toISOString().slice(0, 10));
  const response = await resolveAnswerFiles(
    context,
    current.organizationId,
    questionnaireResponse ?? { item: [] },
  );
  const merged = mergeResponse(template.questionnaire, current.answers, response);
  const { metadata: kept, ...rest } = current;
  const newMetadata = metadata === undefined ? kept : (metadata ?? undefined);
  const draft: PriorAuthorization = {
    ...rest,
    case: data,
    answers: merged.answers,
    ...(newMetadata === undefined ? {} : { metadata: newMetadata }),
  };
  const settled = await settleCase(context, template, draft, 'update');
  const { workflowState, version } = settled.next;
  const updated = newEvent(context, 'prior_auth.authorization.updated', {
    workflowState,
    version,
    changedFields: Object.keys(request),
    changedLinkIds: merged.changed,
  });
  const cleared =
    merged.cleared.length === 0
      ? []
      : [
          newEvent(context, 'prior_auth.authorization.answers_cleared', {
            workflowState,
            linkIds: merged.cleared,
          }),
        ];
  const events = [updated, ...cleared, ...settled.events];
  const next = { ...settled.next, eventSequence: current.eventSequence };
  return { write: { next, events, actions: settled.actions }, result: next };
}
