import { Type } from 'typebox';
import { downloadUrl } from '../../files/download-link.ts';
import { principalOf } from '../../identity/bearer-authentication.ts';
import { type CursorCodec, pageFrom } from '../../platform/cursor.ts';
import type { HttpServer } from '../../platform/http/create-http-server.ts';
import { bearerErrors, errorResponses } from '../../platform/http/error-responses.ts';
import { instantParameter } from '../../platform/http/instant-parameters.ts';
import { querySchema } from '../../platform/http/query-parameters.ts';
import { stringEnum, timestampOrDate } from '../../platform/http/schemas.ts';
import { listArtifacts } from '../artifact-queries.ts';
import { getCase } from '../change-case.ts';
import type { PriorAuthorizationContext } from '../context.ts';
import { listEvents } from '../event-queries.ts';
import { listCases } from '../list-queries.ts';
import { urgencies } from '../prior-authorization.ts';
import { listAttempts } from '../submission-attempt-queries.ts';
import { attemptJson, authorizationListItemJson } from './authorization-json.ts';
import { authorizationParams, pageQuery } from './request-parts.ts';
import {
  ArtifactPage,
  AuthorizationPage,
  DecisionState,
  EventPage,
  SubmissionAttemptPage,
  WorkflowState,
} from './schemas.ts';

const tags = ['Prior authorization'];
const listErrors = [...bearerErrors, 'validation_error', 'invalid_cursor'] as const;

export function listRoutes(app: HttpServer, context: PriorAuthorizationContext, cursors: CursorCodec): void {
  listAuthorizationsRoute(app, context, cursors);
  listEventsRoute(app, context, cursors);
  listArtifactsRoute(app, context, cursors);
  listSubmissionsRoute(app, context, cursors);
}

const filterQuery = {
  workflowState: Type.Optional(Type.Array(WorkflowState, { maxItems: 20 })),
  decisionState: Type.Optional(Type.Array(DecisionState, { maxItems: 20 })),
  payerId: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  memberId: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'Exact match.' })),
  urgency: Type.Optional(stringEnum(urgencies)),
  createdAfter: Type.Optional(timestampOrDate({ description: 'Inclusive; a bare date means 00:00Z.' })),
  createdBefore: Type.Optional(timestampOrDate({ description: 'Exclusive; a bare date means 00:00Z.' })),
};

function listAuthorizationsRoute(
  app: HttpServer,
  context: PriorAuthorizationContext,
  cursors: CursorCodec,
): void {
  app.get(
    '/v1/prior-auth/authorizations',
    {
      schema: {
        operationId: 'listAuthorizations',
        tags,
        summary: 'List authorizations, newest first',
        description:
          'Repeated values of one parameter are alternatives; different parameters narrow each other.',
        querystring: querySchema({ ...pageQuery, ...filterQuery }),
        response: { 200: AuthorizationPage, ...errorResponses(...listErrors) },
      },
    },
    async (request) => {
      const { organizationId } = principalOf(request);
      const { limit, cursor, createdAfter, createdBefore, ...filter } = request.query;
      const range = {
        ...instantParameter('createdAfter', createdAfter),
        ...instantParameter('createdBefore', createdBefore),
      };
      const scope = {
        list: 'authorizations',
        organizationId,
        filter: { ...sorted(filter), createdAfter, createdBefore },
      };
      // A cursor of this scope holds exactly what `encode` below put in.
      const before =
        cursor === undefined
          ? undefined
          : (cursors.decode(scope, cursor) as { createdAt: string; id: string });
      const cases = await listCases(
        context,
        organizationId,
        { ...filter, ...range },
        { before, limit: limit + 1 },
      );
      const page = pageFrom(
        cases,
        limit,
        (found) => authorizationListItemJson(context, found),
        (last) => cursors.encode(scope, { createdAt: last.createdAt.toISOString(), id: last.id }),
      );
      return { data: await Promise.all(page.data), pagination: page.pagination };
    },
  );
}

/** The order in which alternatives are named means nothing, to a cursor neither. */
function sorted(filter: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(filter).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.toSorted() : value,
  ]);
  return Object.fromEntries(entries);
}

function listEventsRoute(app: HttpServer, context: PriorAuthorizationContext, cursors: CursorCodec): void {
  app.get(
    '/v1/prior-auth/authorizations/:authorizationId/events',
    {
      schema: {
        operationId: 'listEvents',
        tags,
        summary: 'List lifecycle events in the order they happened',
        params: authorizationParams,
        querystring: querySchema(pageQuery),
        response: { 200: EventPage, ...errorResponses(...listErrors, 'authorization_not_found') },
      },
    },
    async (request) => {
      const { organizationId } = principalOf(request);
      const { authorizationId } = request.params;
      await getCase(context, organizationId, authorizationId);
      const { limit, cursor } = request.query;
      const scope = { list: 'events', organizationId, filter: authorizationId };
      const afterSequence = cursor === undefined ? 0 : Number(cursors.decode(scope, cursor).sequence);
      const events = await listEvents(context.database, organizationId, authorizationId, {
        afterSequence,
        limit: limit + 1,
      });
      const page = pageFrom(
        events,
        limit,
        ({ occurredAt, ...event }) => ({ ...event, authorizationId, timestamp: occurredAt.toISOString() }),
        ({ sequence }) => cursors.encode(scope, { sequence }),
      );
      return { data: [...page.data], pagination: page.pagination };
    },
  );
}

function listArtifactsRoute(app: HttpServer, context: PriorAuthorizationContext, cursors: CursorCodec): void {
  app.get(
    '/v1/prior-auth/authorizations/:authorizationId/artifacts',
    {
      schema: {
        operationId: 'listArtifacts',
        tags,
        summary: 'List generated and payer-provided artifacts, newest first',
        params: authorizationParams,
        querystring: querySchema(pageQuery),
        response: { 200: ArtifactPage, ...errorResponses(...listErrors, 'authorization_not_found') },
      },
    },
    async (request) => {
      const { organizationId } = principalOf(request);
      const { authorizationId } = request.params;
      await getCase(context, organizationId, authorizationId);
      const { limit, cursor } = request.query;
      const scope = { list: 'artifacts', organizationId, filter: authorizationId };
      // As in listAuthorizations.
      const before =
        cursor === undefined
          ? undefined
          : (cursors.decode(scope, cursor) as { createdAt: string; id: string });
      const artifacts = await listArtifacts(context.database, organizationId, authorizationId, {
        before,
        limit: limit + 1,
      });
      const page = pageFrom(
        artifacts,
        limit,
        ({ createdAt, ...artifact }) => ({
          ...artifact,
          authorizationId,
          downloadUrl: downloadUrl(context.files, organizationId, artifact.fileId),
          createdAt: createdAt.toISOString(),
        }),
        (last) => cursors.encode(scope, { createdAt: last.createdAt.toISOString(), id: last.id }),
      );
      return { data: [...page.data], pagination: page.pagination };
    },
  );
}

function listSubmissionsRoute(
  app: HttpServer,
  context: PriorAuthorizationContext,
  cursors: CursorCodec,
): void {
  app.get(
    '/v1/prior-auth/authorizations/:authorizationId/submissions',
    {
      schema: {
        operationId: 'listSubmissions',
        tags,
        summary: 'List submission attempts, newest first',
        params: authorizationParams,
        querystring: querySchema(pageQuery),
        response: { 200: SubmissionAttemptPage, ...errorResponses(...listErrors, 'authorization_not_found') },
      },
    },
    async (request) => {
      const { organizationId } = principalOf(request);
      const { authorizationId } = request.params;
      await getCase(context, organizationId, authorizationId);
      const { limit, cursor } = request.query;
      const scope = { list: 'submissions', organizationId, filter: authorizationId };
      const beforeNumber = cursor === undefined ? undefined : Number(cursors.decode(scope, cursor).number);
      const attempts = await listAttempts(context, organizationId, authorizationId, {
        beforeNumber,
        limit: limit + 1,
      });
      const page = pageFrom(attempts, limit, attemptJson, (last) =>
        cursors.encode(scope, { number: last.attemptNumber }),
      );
      return { data: [...page.data], pagination: page.pagination };
    },
  );
}
