import { Type } from 'typebox';
import { emrConnectorKinds } from '../../emr/connector.ts';
import { principalOf } from '../../identity/bearer-authentication.ts';
import { type CursorCodec, pageFrom } from '../../platform/cursor.ts';
import { component } from '../../platform/http/components.ts';
import type { HttpServer } from '../../platform/http/create-http-server.ts';
import { bearerErrors, bodyErrors, errorResponses } from '../../platform/http/error-responses.ts';
import { querySchema } from '../../platform/http/query-parameters.ts';
import {
  described,
  emptyResponse,
  nullable,
  opaqueObject,
  pageOf,
  strictObject,
  stringEnum,
  timestamp,
} from '../../platform/http/schemas.ts';
import type { LinkedAccountsContext } from '../context.ts';
import { getAccount } from '../get-account.ts';
import { linkAccount } from '../link-account.ts';
import { accountStates, type LinkedAccount } from '../linked-account.ts';
import { listAccounts } from '../linked-account-queries.ts';
import { relinkAccount } from '../relink-account.ts';
import { unlinkAccount } from '../unlink-account.ts';
import { accountPage, linked, linkRequest, readAccount, relinked, relinkRequest } from './examples.ts';

const tags = ['Linked accounts'];
/** Who holds an EMR's credentials decides over them. */
const config = { scope: 'admin' } as const;
const params = Type.Object({ accountId: Type.String({ examples: [linked.id] }) });
const settings = opaqueObject({
  description: 'As the connector needs them; references to secrets, never secrets themselves.',
});
const timezone = Type.String({ minLength: 1, maxLength: 64, examples: ['America/New_York'] });

const accountFields = {
  id: Type.String({ examples: [linked.id] }),
  accessTokenReferenceId: Type.String({ description: 'Stands in every event.' }),
  accessTokenLastFour: Type.String(),
  connector: stringEnum(emrConnectorKinds),
  settings,
  emrInstanceDomain: Type.String(),
  timezone,
  state: stringEnum(accountStates, {
    description: '`login_required`: the EMR no longer takes the credentials; relink the account.',
  }),
  lastSyncedAt: nullable(timestamp()),
  createdAt: timestamp(),
  updatedAt: timestamp(),
};
const LinkedAccountSchema = component('LinkedAccount', Type.Object(accountFields));
const LinkedAccountWithToken = component(
  'LinkedAccountWithToken',
  Type.Object({
    ...accountFields,
    accessToken: nullable(Type.String({ description: 'Shown this once; null when it was not made anew.' })),
  }),
);
const LinkedAccountPage = pageOf('LinkedAccountPage', LinkedAccountSchema);

export function linkedAccountRoutes(
  app: HttpServer,
  context: LinkedAccountsContext,
  cursors: CursorCodec,
): void {
  linkRoute(app, context);
  listRoute(app, context, cursors);
  getRoute(app, context);
  relinkRoute(app, context);
  unlinkRoute(app, context);
}

function linkRoute(app: HttpServer, context: LinkedAccountsContext): void {
  app.post(
    '/v1/linked-accounts',
    {
      config,
      schema: {
        operationId: 'linkAccount',
        tags,
        summary: 'Link an EMR',
        description:
          'Makes the access token that the claims API needs, and begins to read appointments. Addresses in the settings have to be among those that the operator opened (`PRECERT_EMR_ORIGINS`); accounts at others are linked by the operator.',
        examples: { request: { fhir: linkRequest }, responses: { 201: { linked } } },
        body: strictObject({
          connector: stringEnum(emrConnectorKinds),
          settings,
          accessTokenReferenceId: Type.Optional(
            Type.String({
              minLength: 1,
              maxLength: 200,
              pattern: '\\S',
              description: 'Your own name for it, no personal data; by default the account’s id.',
            }),
          ),
          timezone: Type.Optional(timezone),
        }),
        response: {
          201: described('Linked.', LinkedAccountWithToken),
          ...errorResponses(...bearerErrors, ...bodyErrors),
        },
      },
    },
    async (request, reply) => {
      const { organizationId } = principalOf(request);
      const { account, accessToken } = await linkAccount(context, organizationId, {
        ...request.body,
        by: 'organization',
      });
      return reply.code(201).send({ ...accountJson(account), accessToken });
    },
  );
}

function listRoute(app: HttpServer, context: LinkedAccountsContext, cursors: CursorCodec): void {
  app.get(
    '/v1/linked-accounts',
    {
      config,
      schema: {
        operationId: 'listLinkedAccounts',
        tags,
        summary: 'List linked accounts, newest first',
        examples: { responses: { 200: { accounts: accountPage } } },
        querystring: querySchema({
          limit: Type.Integer({ minimum: 1, maximum: 100, default: 25 }),
          cursor: Type.Optional(Type.String({ description: '`nextCursor` of the page before, unchanged.' })),
        }),
        response: {
          200: LinkedAccountPage,
          ...errorResponses(...bearerErrors, 'validation_error', 'invalid_cursor'),
        },
      },
    },
    async (request) => {
      const { organizationId } = principalOf(request);
      const { limit, cursor } = request.query;
      const scope = { list: 'linked-accounts', organizationId, filter: null };
      // A cursor of this scope holds exactly what `encode` below put in.
      const before =
        cursor === undefined
          ? undefined
          : (cursors.decode(scope, cursor) as { createdAt: string; id: string });
      const accounts = await listAccounts(context.database, organizationId, { before, limit: limit + 1 });
      const page = pageFrom(accounts, limit, accountJson, (last) =>
        cursors.encode(scope, { createdAt: last.createdAt.toISOString(), id: last.id }),
      );
      return { data: [...page.data], pagination: page.pagination };
    },
  );
}

function getRoute(app: HttpServer, context: LinkedAccountsContext): void {
  app.get(
    '/v1/linked-accounts/:accountId',
    {
      config,
      schema: {
        operationId: 'getLinkedAccount',
        tags,
        summary: 'Get a linked account',
        examples: { responses: { 200: { account: readAccount } } },
        params,
        response: {
          200: LinkedAccountSchema,
          ...errorResponses(...bearerErrors, 'linked_account_not_found'),
        },
      },
    },
    async (request) => {
      const { organizationId } = principalOf(request);
      const { accountId } = request.params;
      return accountJson(await getAccount(context.database, { organizationId, accountId }));
    },
  );
}

function relinkRoute(app: HttpServer, context: LinkedAccountsContext): void {
  app.post(
    '/v1/linked-accounts/:accountId/relink',
    {
      config: { ...config, body: 'optional' },
      schema: {
        operationId: 'relinkAccount',
        tags,
        summary: 'Take up an account whose credentials were renewed',
        description:
          'Active again from now on; what waited for it goes on. Fields left out stay as they are. The settings have to lead to the same EMR: for another `baseUrl`, link a new account.',
        examples: { request: { newKey: relinkRequest }, responses: { 200: { relinked } } },
        params,
        body: strictObject({
          settings: Type.Optional(settings),
          timezone: Type.Optional(timezone),
          rotateToken: Type.Optional(
            Type.Boolean({ description: 'Make a new access token; the old one is dead within a second.' }),
          ),
        }),
        response: {
          200: LinkedAccountWithToken,
          ...errorResponses(...bearerErrors, ...bodyErrors, 'linked_account_not_found'),
        },
      },
    },
    async (request) => {
      const { organizationId } = principalOf(request);
      const { accountId } = request.params;
      const relinked = await relinkAccount(
        context,
        { organizationId, accountId },
        { ...request.body, by: 'organization' },
      );
      return { ...accountJson(relinked.account), accessToken: relinked.accessToken ?? null };
    },
  );
}

function unlinkRoute(app: HttpServer, context: LinkedAccountsContext): void {
  app.delete(
    '/v1/linked-accounts/:accountId',
    {
      config,
      schema: {
        operationId: 'unlinkAccount',
        tags,
        summary: 'Unlink an EMR',
        description: 'The access token is dead within a second; claims that wait for the EMR fail.',
        params,
        response: {
          204: emptyResponse('Unlinked.'),
          ...errorResponses(...bearerErrors, 'linked_account_not_found'),
        },
      },
    },
    async (request, reply) => {
      const { organizationId } = principalOf(request);
      await unlinkAccount(context, { organizationId, accountId: request.params.accountId });
      return reply.code(204).send(null);
    },
  );
}

function accountJson(account: LinkedAccount) {
  const {
    organizationId: _organizationId,
    linkedBy: _linkedBy,
    lastSyncedAt,
    createdAt,
    updatedAt,
    ...fields
  } = account;
  return {
    ...fields,
    settings: { ...account.settings },
    lastSyncedAt: lastSyncedAt?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
