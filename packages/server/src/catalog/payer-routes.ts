import { type Static, Type } from 'typebox';
import { type CursorCodec, pageFrom } from '../platform/cursor.ts';
import { PrecertError } from '../platform/errors.ts';
import { component } from '../platform/http/components.ts';
import type { HttpServer } from '../platform/http/create-http-server.ts';
import { bearerErrors, errorResponses } from '../platform/http/error-responses.ts';
import { querySchema } from '../platform/http/query-parameters.ts';
import { pageOf, stringEnum } from '../platform/http/schemas.ts';
import type { Payer } from './payer.ts';
import type { TemplateStore } from './template-store.ts';

const PayerResource = component(
  'Payer',
  Type.Object({
    id: Type.String({ examples: ['payer_aetna'] }),
    slug: Type.String({ examples: ['aetna'] }),
    displayName: Type.String({ examples: ['Aetna'] }),
    aliases: Type.Array(Type.String()),
    status: stringEnum(['active', 'inactive']),
    supportedStates: Type.Array(Type.String(), { description: '`*` alone means every state.' }),
    supportedServiceTypes: Type.Array(stringEnum(['inpatient', 'outpatient', 'drug'])),
  }),
);

const PayerPage = pageOf('PayerPage', PayerResource);

const pageQuery = {
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 25 }),
  cursor: Type.Optional(Type.String({ description: '`nextCursor` of the page before, unchanged.' })),
};

/** @param organizationOf who is calling; the catalog is the same for all, a cursor is not */
export function payerRoutes(
  app: HttpServer,
  templates: TemplateStore,
  cursors: CursorCodec,
  organizationOf: (request: object) => string,
): void {
  app.get(
    '/v1/payers',
    {
      schema: {
        operationId: 'listPayers',
        tags: ['Payer catalog'],
        summary: 'List supported payers',
        querystring: querySchema(pageQuery),
        response: {
          200: PayerPage,
          ...errorResponses(...bearerErrors, 'validation_error', 'invalid_cursor'),
        },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query;
      const scope = { list: 'payers', organizationId: organizationOf(request), filter: null };
      const after =
        cursor === undefined
          ? -1
          : templates.payers.findIndex(({ id }) => id === cursors.decode(scope, cursor).id);
      const payers = templates.payers.slice(after + 1, after + limit + 2);
      const page = pageFrom(payers, limit, payerJson, ({ id }) => cursors.encode(scope, { id }));
      return { data: [...page.data], pagination: page.pagination };
    },
  );

  app.get(
    '/v1/payers/:payerId',
    {
      schema: {
        operationId: 'getPayer',
        tags: ['Payer catalog'],
        summary: 'Read one payer',
        params: Type.Object({ payerId: Type.String({ examples: ['payer_aetna'] }) }),
        response: { 200: PayerResource, ...errorResponses(...bearerErrors, 'payer_not_found') },
      },
    },
    async (request) => {
      const payer = templates.findPayer(request.params.payerId);
      if (payer === undefined) throw new PrecertError('payer_not_found', 'There is no payer of this id.');
      return payerJson(payer);
    },
  );
}

function payerJson(payer: Payer): Static<typeof PayerResource> {
  return {
    id: payer.id,
    slug: payer.slug,
    displayName: payer.displayName,
    aliases: [...payer.aliases],
    status: payer.status ?? 'active',
    supportedStates: [...(payer.supportedStates ?? ['*'])],
    supportedServiceTypes: [...(payer.supportedServiceTypes ?? [])],
  };
}
