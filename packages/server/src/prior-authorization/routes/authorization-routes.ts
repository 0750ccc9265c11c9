import { Type } from 'typebox';
import { principalOf } from '../../identity/bearer-authentication.ts';
import type { HttpServer } from '../../platform/http/create-http-server.ts';
import { bearerErrors, bodyErrors, errorResponses } from '../../platform/http/error-responses.ts';
import { getCase } from '../change-case.ts';
import type { PriorAuthorizationContext } from '../context.ts';
import { createPriorAuthorization } from '../create-prior-authorization.ts';
import { type UpdateRequest, updatePriorAuthorization } from '../update-prior-authorization.ts';
import { authorizationJson } from './authorization-json.ts';
import { AuthorizationCreate, AuthorizationPatch } from './case-parts.ts';
import { created, submitted, updated } from './examples/answers.ts';
import { createRequest, updateRequest } from './examples/requests.ts';
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
const answerFileErrors = [
  'file_not_found',
  'file_not_ready',
  'file_purpose_mismatch',
  'unsupported_attachment_mime_type',
] as const;

export function authorizationRoutes(app: HttpServer, context: PriorAuthorizationContext): void {
  createRoute(app, context);
  readRoute(app, context);
  updateRoute(app, context);
}

function createRoute(app: HttpServer, context: PriorAuthorizationContext): void {
  app.post(
    '/v1/prior-auth/authorizations',
    {
      schema: {
        operationId: 'createAuthorization',
        tags,
        summary: 'Create a draft authorization and get its questionnaire',
        examples: { request: { adakveo: createRequest }, responses: { 201: { created } } },
        headers: Type.Object(idempotencyKeyHeader),
        body: AuthorizationCreate,
        response: {
          200: authorizationResponse(
            'The key was used before with the same body: the authorization as it is now, with `Idempotent-Replayed: true`.',
          ),
          201: authorizationResponse('Created.'),
          ...errorResponses(
            ...bearerErrors,
            ...bodyErrors,
            ...answerFileErrors,
            'questionnaire_item_not_enabled',
            'unsupported_case',
            'idempotency_key_reused_with_different_request',
            'idempotency_request_in_progress',
          ),
        },
      },
    },
    async (request, reply) => {
      const { organizationId } = principalOf(request);
      const result = await createPriorAuthorization(context, organizationId, {
        body: request.body,
        idempotencyKey: idempotencyKey(request),
      });
      sendVersion(reply, result.authorization);
      if (result.replayed) reply.header('idempotent-replayed', 'true');
      return reply
        .code(result.replayed ? 200 : 201)
        .send(await authorizationJson(context, result.authorization));
    },
  );
}

function readRoute(app: HttpServer, context: PriorAuthorizationContext): void {
  app.get(
    '/v1/prior-auth/authorizations/:authorizationId',
    {
      schema: {
        operationId: 'getAuthorization',
        tags,
        summary: 'Read the current authorization state',
        examples: { responses: { 200: { submitted } } },
        params: authorizationParams,
        response: {
          200: authorizationResponse('The authorization as it is now.'),
          ...errorResponses(...bearerErrors, 'authorization_not_found'),
        },
      },
    },
    async (request, reply) => {
      const current = await getCase(
        context,
        principalOf(request).organizationId,
        request.params.authorizationId,
      );
      sendVersion(reply, current);
      return authorizationJson(context, current);
    },
  );
}

function updateRoute(app: HttpServer, context: PriorAuthorizationContext): void {
  app.patch(
    '/v1/prior-auth/authorizations/:authorizationId',
    {
      schema: {
        operationId: 'updateAuthorization',
        tags,
        summary: 'Update mutable case data and answers',
        examples: { request: { answers: updateRequest }, responses: { 200: { ready: updated } } },
        params: authorizationParams,
        headers: Type.Object(ifMatchHeader),
        body: AuthorizationPatch,
        response: {
          200: authorizationResponse('The authorization as it is now.'),
          ...errorResponses(
            ...bearerErrors,
            ...bodyErrors,
            ...answerFileErrors,
            'questionnaire_item_not_enabled',
            'authorization_not_found',
            'authorization_not_updatable',
            'version_conflict',
          ),
        },
      },
    },
    async (request, reply) => {
      // The schema has checked every field that UpdateRequest names; unions of words are plain strings inside.
      const patch = request.body as UpdateRequest;
      const { organizationId } = principalOf(request);
      const { authorizationId } = request.params;
      const next = await updatePriorAuthorization(
        context,
        organizationId,
        authorizationId,
        patch,
        expectedVersion(request),
      );
      sendVersion(reply, next);
      return authorizationJson(context, next);
    },
  );
}
