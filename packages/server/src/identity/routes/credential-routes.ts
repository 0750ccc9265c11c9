import { type Static, Type } from 'typebox';
import { type CursorCodec, pageFrom } from '../../platform/cursor.ts';
import type { Database } from '../../platform/database/database.ts';
import { component } from '../../platform/http/components.ts';
import type { HttpServer } from '../../platform/http/create-http-server.ts';
import { bearerErrors, bodyErrors, errorResponses } from '../../platform/http/error-responses.ts';
import { querySchema } from '../../platform/http/query-parameters.ts';
import {
  described,
  emptyResponse,
  nullable,
  pageOf,
  strictObject,
  stringEnum,
  timestamp,
  timestampOrDate,
} from '../../platform/http/schemas.ts';
import { principalOf } from '../bearer-authentication.ts';
import { type Credential, listCredentials } from '../credential-queries.ts';
import { type IdentityDependencies, issueCredential } from '../issue-credential.ts';
import { revokeOwnCredential } from '../revoke-credential.ts';
import { scopes } from '../scope.ts';

export interface CredentialRoutesContext extends IdentityDependencies {
  readonly database: Database;
  readonly cursors: CursorCodec;
}

const tags = ['Credentials'];
const config = { scope: 'admin' } as const;

const name = { minLength: 1, maxLength: 100, examples: ['Intake service'] };
const CredentialScope = stringEnum(scopes, {
  description: 'What the credential may do; each scope contains the ones before it.',
});

const credentialFields = {
  id: Type.String({ examples: ['key_01kkm280m0g4xn6wz0c3a5v7d9'] }),
  name: Type.String(name),
  scope: CredentialScope,
  lastFour: Type.String({ description: 'The end of the token, to tell it from others.', examples: ['x7Qa'] }),
  createdAt: timestamp(),
  expiresAt: nullable(timestamp({ description: 'From then on the token is refused; null means never.' })),
  lastUsedAt: nullable(timestamp({ description: 'To the minute; null means not yet.' })),
  revokedAt: nullable(timestamp()),
};

const CredentialResource = component('Credential', Type.Object(credentialFields));

const CredentialPage = pageOf('CredentialPage', CredentialResource);

const IssuedCredential = component(
  'IssuedCredential',
  Type.Object({
    ...credentialFields,
    bearerToken: Type.String({ description: 'Shown this once; only a keyed hash of it is kept.' }),
  }),
);

const CredentialCreate = component(
  'CredentialCreate',
  strictObject({
    name: Type.String(name),
    scope: CredentialScope,
    expiresAt: Type.Optional(
      timestampOrDate({
        description: 'When not given, never. A bare date means 00:00Z.',
        examples: ['2027-03-13T17:00:00.000Z'],
      }),
    ),
  }),
);

/** For an organization to manage its own keys. */
export function credentialRoutes(app: HttpServer, context: CredentialRoutesContext): void {
  listRoute(app, context);
  createRoute(app, context);
  revokeRoute(app, context);
}

function listRoute(app: HttpServer, { database, cursors }: CredentialRoutesContext): void {
  app.get(
    '/v1/credentials',
    {
      config,
      schema: {
        operationId: 'listCredentials',
        tags,
        summary: 'List the organization’s credentials, newest first',
        description: 'Revoked and expired ones too. Never a token.',
        querystring: querySchema({
          limit: Type.Integer({ minimum: 1, maximum: 100, default: 25 }),
          cursor: Type.Optional(Type.String({ description: '`nextCursor` of the page before, unchanged.' })),
        }),
        response: {
          200: CredentialPage,
          ...errorResponses(...bearerErrors, 'validation_error', 'invalid_cursor'),
        },
      },
    },
    async (request) => {
      const { organizationId } = principalOf(request);
      const { limit, cursor } = request.query;
      const list = { list: 'credentials', organizationId, filter: null };
      // A cursor of this list holds exactly what `encode` below put in.
      const before =
        cursor === undefined
          ? undefined
          : (cursors.decode(list, cursor) as { createdAt: string; id: string });
      const found = await listCredentials(database, organizationId, { before, limit: limit + 1 });
      const page = pageFrom(found, limit, credentialJson, ({ createdAt, id }) =>
        cursors.encode(list, { createdAt: createdAt.toISOString(), id }),
      );
      return { data: [...page.data], pagination: page.pagination };
    },
  );
}

function createRoute(app: HttpServer, context: CredentialRoutesContext): void {
  app.post(
    '/v1/credentials',
    {
      config,
      schema: {
        operationId: 'createCredential',
        tags,
        summary: 'Issue a credential',
        body: CredentialCreate,
        response: {
          201: described('The credential with its token, which cannot be had again.', IssuedCredential),
          ...errorResponses(...bearerErrors, ...bodyErrors),
        },
      },
    },
    async (request, reply) => {
      const { organizationId } = principalOf(request);
      const { expiresAt, ...wanted } = request.body;
      const { credential, bearerToken } = await issueCredential(context.database, context, {
        organizationId,
        ...wanted,
        expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt),
      });
      reply.code(201);
      return { ...credentialJson(credential), bearerToken };
    },
  );
}

function revokeRoute(app: HttpServer, context: CredentialRoutesContext): void {
  app.delete(
    '/v1/credentials/:credentialId',
    {
      config,
      schema: {
        operationId: 'revokeCredential',
        tags,
        summary: 'Revoke a credential',
        description:
          'Its token is refused within a second, by every process. The same again changes nothing. A credential cannot revoke itself.',
        params: Type.Object({ credentialId: Type.String({ examples: ['key_01kkm280m0g4xn6wz0c3a5v7d9'] }) }),
        response: {
          204: emptyResponse('Revoked.'),
          ...errorResponses(...bearerErrors, 'credential_not_found', 'credential_in_use'),
        },
      },
    },
    async (request, reply) => {
      await revokeOwnCredential(context, principalOf(request), request.params.credentialId);
      return reply.code(204).send(null);
    },
  );
}

function credentialJson(credential: Credential): Static<typeof CredentialResource> {
  return {
    id: credential.id,
    name: credential.name,
    scope: credential.scope,
    lastFour: credential.lastFour,
    createdAt: credential.createdAt.toISOString(),
    expiresAt: credential.expiresAt?.toISOString() ?? null,
    lastUsedAt: credential.lastUsedAt?.toISOString() ?? null,
    revokedAt: credential.revokedAt?.toISOString() ?? null,
  };
}
