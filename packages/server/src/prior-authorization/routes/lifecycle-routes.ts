import { type Static, Type } from 'typebox';
import { downloadUrl } from '../../files/download-link.ts';
import { principalOf } from '../../identity/bearer-authentication.ts';
import { component } from '../../platform/http/components.ts';
import type { HttpServer } from '../../platform/http/create-http-server.ts';
import { bearerErrors, bodyErrors, errorResponses } from '../../platform/http/error-responses.ts';
import { noBody, nullable, strictObject } from '../../platform/http/schemas.ts';
import { cancelPriorAuthorization } from '../cancel-prior-authorization.ts';
import type { PriorAuthorizationContext } from '../context.ts';
import { type Preview, previewPriorAuthorization } from '../preview-prior-authorization.ts';
import type { PreviewDocument } from '../preview-queries.ts';
import { resolveAction } from '../resolve-action.ts';
import { submitPriorAuthorization } from '../submit-prior-authorization.ts';
import { authorizationJson } from './authorization-json.ts';
import { resolved, submitted } from './examples/answers.ts';
import { previewed } from './examples/preview-answer.ts';
import { resolveRequest } from './examples/requests.ts';
import { PreviewResource } from './preview-schema.ts';
import {
  authorizationParams,
  expectedVersion,
  idempotencyKey,
  idempotencyKeyHeader,
  ifMatchHeader,
  sendVersion,
} from './request-parts.ts';
import { authorizationResponse } from './schemas.ts';

const tags = ['Prior authorization'];
const caseErrors = [...bearerErrors, ...bodyErrors, 'authorization_not_found'] as const;

const CancelRequest = component(
  'CancelRequest',
  strictObject({
    reason: Type.Optional(
      nullable(Type.String({ minLength: 1, maxLength: 1000, examples: ['Submitted in error'] })),
    ),
  }),
);

const ActionResolution = component(
  'ActionResolution',
  strictObject({
    attachmentIds: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 50 })),
    note: Type.Optional(
      nullable(Type.String({ minLength: 1, maxLength: 2000, examples: ['Updated clinical note attached.'] })),
    ),
  }),
);

export function lifecycleRoutes(app: HttpServer, context: PriorAuthorizationContext): void {
  previewRoute(app, context);
  submitRoute(app, context);
  cancelRoute(app, context);
  resolveRoute(app, context);
}

function previewRoute(app: HttpServer, context: PriorAuthorizationContext): void {
  app.post(
    '/v1/prior-auth/authorizations/:authorizationId/preview',
    {
      config: { body: 'optional', lane: 'slow', cost: 10 },
      schema: {
        operationId: 'previewAuthorization',
        tags,
        summary: 'Evaluate the case and render the filled form and the draft packet',
        examples: { responses: { 200: { unanswered: previewed } } },
        params: authorizationParams,
        body: noBody,
        response: { 200: PreviewResource, ...errorResponses(...caseErrors, 'authorization_not_previewable') },
      },
    },
    async (request) => {
      const { organizationId } = principalOf(request);
      return previewJson(
        context,
        await previewPriorAuthorization(context, organizationId, request.params.authorizationId),
      );
    },
  );
}

function previewJson(context: PriorAuthorizationContext, preview: Preview): Static<typeof PreviewResource> {
  const { authorization, evaluation, submittable, documentIssues } = preview;
  const { blockers: _blockers, ...view } = evaluation;
  const documentJson = ({ fileId, ...document }: PreviewDocument) => ({
    ...document,
    mimeType: 'application/pdf' as const,
    downloadUrl: downloadUrl(context.files, authorization.organizationId, fileId),
  });
  const body = {
    authorizationId: authorization.id,
    workflowState: authorization.workflowState,
    ...view,
    submittable,
    validationIssues: [...evaluation.validationIssues, ...documentIssues],
    documents: {
      filledForm: documentJson(preview.filledForm),
      draftPacket: documentJson(preview.draftPacket),
    },
  };
  // Field for field the schema's; inside, lists are readonly.
  return body as unknown as Static<typeof PreviewResource>;
}

function submitRoute(app: HttpServer, context: PriorAuthorizationContext): void {
  app.post(
    '/v1/prior-auth/authorizations/:authorizationId/submit',
    {
      config: { body: 'optional', lane: 'slow', cost: 10 },
      schema: {
        operationId: 'submitAuthorization',
        tags,
        summary: 'Submit the authorization to the payer',
        examples: { responses: { 200: { submitted } } },
        description:
          'Answers `pending_payer` once the channel has taken the packet; when that takes long, `submitting`: then read the authorization again. When the hand-over failed at once, the case is back in the state it can be submitted from and `latestSubmission.failure` says why. A replayed key begins nothing: `Idempotent-Replayed: true`.',
        params: authorizationParams,
        headers: Type.Object({ ...idempotencyKeyHeader, ...ifMatchHeader }),
        body: noBody,
        response: {
          200: authorizationResponse('The authorization as it is now.'),
          ...errorResponses(
            ...caseErrors,
            'validation_failed',
            'authorization_not_submittable',
            'idempotency_key_reused_for_different_authorization',
            'idempotency_request_in_progress',
            'version_conflict',
          ),
        },
      },
    },
    async (request, reply) => {
      const { organizationId } = principalOf(request);
      const { authorization: next, replayed } = await submitPriorAuthorization(
        context,
        organizationId,
        request.params.authorizationId,
        {
          idempotencyKey: idempotencyKey(request),
          expectedVersion: expectedVersion(request),
        },
      );
      if (replayed) reply.header('idempotent-replayed', 'true');
      sendVersion(reply, next);
      return authorizationJson(context, next);
    },
  );
}

function cancelRoute(app: HttpServer, context: PriorAuthorizationContext): void {
  app.post(
    '/v1/prior-auth/authorizations/:authorizationId/cancel',
    {
      config: { body: 'optional' },
      schema: {
        operationId: 'cancelAuthorization',
        tags,
        summary: 'Cancel the authorization',
        params: authorizationParams,
        headers: Type.Object(ifMatchHeader),
        body: CancelRequest,
        response: {
          200: authorizationResponse('The authorization as it is now.'),
          ...errorResponses(...caseErrors, 'authorization_not_cancellable', 'version_conflict'),
        },
      },
    },
    async (request, reply) => {
      const { organizationId } = principalOf(request);
      const { authorizationId } = request.params;
      const reason = request.body.reason ?? undefined;
      const next = await cancelPriorAuthorization(
        context,
        organizationId,
        authorizationId,
        reason,
        expectedVersion(request),
      );
      sendVersion(reply, next);
      return authorizationJson(context, next);
    },
  );
}

function resolveRoute(app: HttpServer, context: PriorAuthorizationContext): void {
  app.post(
    '/v1/prior-auth/authorizations/:authorizationId/actions/:actionId/resolve',
    {
      config: { body: 'optional' },
      schema: {
        operationId: 'resolveAction',
        tags,
        summary: 'Resolve a payer request for information',
        examples: { request: { answered: resolveRequest }, responses: { 200: { resolved } } },
        description: 'Does not resubmit: submit again with a fresh idempotency key.',
        params: Type.Object({
          ...authorizationParams.properties,
          actionId: Type.String({ examples: ['act_123'] }),
        }),
        headers: Type.Object(ifMatchHeader),
        body: ActionResolution,
        response: {
          200: authorizationResponse('The authorization as it is now.'),
          ...errorResponses(
            ...caseErrors,
            'action_not_found',
            'attachment_not_found',
            'action_already_resolved',
            'action_not_resolvable',
            'version_conflict',
          ),
        },
      },
    },
    async (request, reply) => {
      const { organizationId } = principalOf(request);
      const { authorizationId, actionId } = request.params;
      const next = await resolveAction(
        context,
        organizationId,
        authorizationId,
        actionId,
        request.body,
        expectedVersion(request),
      );
      sendVersion(reply, next);
      return authorizationJson(context, next);
    },
  );
}
