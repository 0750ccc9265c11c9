import { Type } from 'typebox';
import { principalOf } from '../../identity/bearer-authentication.ts';
import { type CursorCodec, pageFrom } from '../../platform/cursor.ts';
import type { Database } from '../../platform/database/database.ts';
import { component } from '../../platform/http/components.ts';
import type { HttpServer } from '../../platform/http/create-http-server.ts';
import { bearerErrors, errorResponses } from '../../platform/http/error-responses.ts';
import { instantParameter } from '../../platform/http/instant-parameters.ts';
import { querySchema } from '../../platform/http/query-parameters.ts';
import { nullable, pageOf, stringEnum, timestamp, timestampOrDate } from '../../platform/http/schemas.ts';
import { actorKinds, auditOutcomes } from '../audit-entry.ts';
import { entryJson } from '../entry-json.ts';
import { type EntryPosition, listEntries } from '../list-queries.ts';

const text = (description: string) => nullable(Type.String({ description }));

const AuditEntryResource = component(
  'AuditEntry',
  Type.Object({
    id: Type.String({ examples: ['aud_123'] }),
    sequence: Type.Integer({ description: 'Its place in the organization’s chain: from 1, without gaps.' }),
    occurredAt: timestamp(),
    actor: Type.Object({
      kind: stringEnum(actorKinds),
      id: text('The credential, client or session.'),
      subject: text(
        'The user of a session, the linked account of a client, or the account that ran a command.',
      ),
      impersonator: text('Who acted in the subject’s name.'),
    }),
    operation: Type.String({
      description: '`operationId` of this API, name of a job, or words of a command.',
      examples: ['getAuthorization'],
    }),
    resource: Type.Object({
      type: text('What kind of thing the operation is about.'),
      ids: Type.Array(Type.String(), { description: 'Of what was touched, as far as it is known.' }),
    }),
    outcome: stringEnum(auditOutcomes, {
      description:
        '`refused`: not for this caller, or not there. `unknown`: it began, and its end could not be noted.',
    }),
    status: nullable(Type.Integer({ description: 'Of the answer.' })),
    errorCode: text('Of the answer, when it was an error.'),
    requestId: text('The same as the X-Request-Id header of the answer.'),
  }),
);

const AuditEntryPage = pageOf('AuditEntryPage', AuditEntryResource);

const name = (description: string, example: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 200, description, examples: [example] }));

export function auditEntryRoutes(
  app: HttpServer,
  context: { readonly database: Database; readonly cursors: CursorCodec },
): void {
  const { database, cursors } = context;
  app.get(
    '/v1/audit-entries',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'listAuditEntries',
        tags: ['Audit'],
        summary: 'List what was done with the organization’s data, newest first',
        description: 'An entry is listed within a second or two of its answer.',
        querystring: querySchema({
          limit: Type.Integer({ minimum: 1, maximum: 100, default: 25 }),
          cursor: Type.Optional(Type.String({ description: '`nextCursor` of the page before, unchanged.' })),
          from: Type.Optional(timestampOrDate({ description: 'Inclusive; a bare date means 00:00Z.' })),
          to: Type.Optional(timestampOrDate({ description: 'Exclusive; a bare date means 00:00Z.' })),
          actor: name('A credential’s id, a session’s user, or who acted in the user’s name.', 'key_123'),
          operation: name('Exact match.', 'getAuthorization'),
          resourceId: name('Entries that name this id.', 'auth_123'),
        }),
        response: {
          200: AuditEntryPage,
          ...errorResponses(...bearerErrors, 'validation_error', 'invalid_cursor'),
        },
      },
    },
    async (request) => {
      const { organizationId } = principalOf(request);
      const { limit, cursor, from, to, ...names } = request.query;
      const filter = { ...names, ...instantParameter('from', from), ...instantParameter('to', to) };
      const scope = { list: 'audit-entries', organizationId, filter: { ...names, from, to } };
      // A cursor of this scope holds exactly what `encode` below put in.
      const before =
        cursor === undefined ? undefined : (cursors.decode(scope, cursor) as unknown as EntryPosition);
      const entries = await listEntries(database, organizationId, filter, { before, limit: limit + 1 });
      const page = pageFrom(entries, limit, entryJson, (last) =>
        cursors.encode(scope, { occurredAt: last.occurredAt.toISOString(), sequence: last.sequence }),
      );
      return { data: [...page.data], pagination: page.pagination };
    },
  );
}
