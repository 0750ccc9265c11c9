import { PrecertError } from '../platform/errors.ts';
import { initialAnswers } from '../questionnaire/initial-answers.ts';
import { resolveAnswerFiles } from './answer-files.ts';
import { caseFromInput } from './case-input.ts';
import { type CaseWrite, insertCase, type KeyClaim } from './case-queries.ts';
import { getCase, wakeAddressed } from './change-case.ts';
import type { PriorAuthorizationContext } from './context.ts';
import { evaluateCase } from './evaluate-case.ts';
import { actionEvents, newEvent } from './events.ts';
import { claiming, expiryOf, findKey, fingerprintOf, hashKey } from './idempotency.ts';
import { mergeResponse } from './merge-response.ts';
import type { PriorAuthorization } from './prior-authorization.ts';
import { prepareCase } from './validation-actions.ts';

export interface CreateRequest {
  /** The body as sent, after schema validation. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly idempotencyKey: string | undefined;
}

export interface CreateResult {
  readonly authorization: PriorAuthorization;
  /** True when the key was used before with the same body: nothing was created. */
  readonly replayed: boolean;
}

/**
 * Creates a case: finds its template, takes the first answers, settles its state (contract prior-auth.md, 1.1).
 * @throws PrecertError `unsupported_case`, `validation_error`, `questionnaire_item_not_enabled`,
 *         `idempotency_key_reused_with_different_request`, and what `resolveAnswerFiles` throws
 */
export async function createPriorAuthorization(
  context: PriorAuthorizationContext,
  organizationId: string,
  request: CreateRequest,
): Promise<CreateResult> {
  if (request.idempotencyKey === undefined) {
    const write = await draftCase(context, organizationId, request.body);
    await writeNewCase(context, write);
    return { authorization: write.next, replayed: false };
  }
  const key = hashKey(context.idempotencyHash, request.idempotencyKey);
  const fingerprint = fingerprintOf(context.idempotencyHash, request.body);
  const held = await replay(context, organizationId, key, fingerprint);
  if (held !== undefined) return held;
  const write = await draftCase(context, organizationId, request.body);
  const claim: KeyClaim = {
    operation: 'create',
    key,
    fingerprint,
    resourceId: write.next.id,
    createdAt: write.next.createdAt,
    expiresAt: expiryOf(write.next.createdAt),
  };
  if (await claiming(writeNewCase(context, { ...write, key: claim })))
    return { authorization: write.next, replayed: false };
  const winner = await replay(context, organizationId, key, fingerprint);
  if (winner === undefined) throw new Error('A held idempotency key could not be read.');
  return winner;
}

/** False when the key is held. */
async function writeNewCase(context: PriorAuthorizationContext, write: CaseWrite): Promise<boolean> {
  const { written, endpointIds } = await insertCase(context, write, context.ids.next('whd'));
  await wakeAddressed(context, write.next.organizationId, endpointIds);
  return written;
}

async function replay(
  context: PriorAuthorizationContext,
  organizationId: string,
  key: string,
  fingerprint: string,
): Promise<CreateResult | undefined> {
  const held = await findKey(context.database, organizationId, 'create', key, context.clock.now());
  if (held === undefined) return undefined;
  if (held.fingerprint !== fingerprint) {
    throw new PrecertError(
      'idempotency_key_reused_with_different_request',
      'This idempotency key was used with another request body.',
    );
  }
  return { authorization: await getCase(context, organizationId, held.resourceId), replayed: true };
}

async function draftCase(
  context: PriorAuthorizationContext,
  organizationId: string,
  body: Readonly<Record<string, unknown>>,
): Promise<CaseWrite> {
  const now = context.clock.now();
  const data = caseFromInput(body, now.toISOString().slice(0, 10));
  const template = context.templates.match({
    ...data.coverage,
    serviceCode: data.service.code,
    codeSystem: data.service.codeSystem,
  });
  if (template === undefined) {
    throw new PrecertError('unsupported_case', 'No requirement template matches this coverage and service.', {
      details: {
        payerId: data.coverage.payerId,
        serviceCode: data.service.code,
        codeSystem: data.service.codeSystem,
      },
    });
  }
  const response = await resolveAnswerFiles(
    context,
    organizationId,
    body.questionnaireResponse ?? { item: [] },
  );
  const { answers } = mergeResponse(template.questionnaire, initialAnswers(template.questionnaire), response);
  const draft = { organizationId, case: data, answers, attachments: [] };
  const evaluation = await evaluateCase(context, template, draft);
  const preparation = prepareCase({ actions: [], submitRefused: false }, evaluation, {
    actionId: () => context.ids.next('act'),
    now,
  });
  const next: PriorAuthorization = {
    organizationId,
    id: context.ids.next('auth'),
    workflowState: preparation.workflowState,
    decisionState: 'unknown',
    templateId: template.id,
    templateVersion: template.version,
    templateHash: template.contentHash,
    case: data,
    answers,
    // The create schema lets only strings into metadata.
    ...(body.metadata ? { metadata: body.metadata as Readonly<Record<string, string>> } : {}),
    submissionCount: 0,
    submitRefused: false,
    version: 1,
    eventSequence: 0,
    createdAt: now,
    updatedAt: now,
    attachments: [],
    actions: preparation.actions,
  };
  const created = newEvent(context, 'prior_auth.authorization.created', {
    workflowState: next.workflowState,
    decisionState: next.decisionState,
    templateId: next.templateId,
    templateVersion: next.templateVersion,
  });
  const opened = actionEvents(context, next.workflowState, preparation.opened, []);
  return { next, events: [created, ...opened], actions: preparation.opened };
}
