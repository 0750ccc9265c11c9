import { Type } from 'typebox';
import { listVisitWords } from '../../appointments/appointment-queries.ts';
import { type AccountScope, accountScopeOf } from '../../identity/claims-authentication.ts';
import { updateReferenceId } from '../../linked-accounts/linked-account-queries.ts';
import { invalidField, PrecertError } from '../../platform/errors.ts';
import { component } from '../../platform/http/components.ts';
import type { HttpServer } from '../../platform/http/create-http-server.ts';
import { bodyErrors } from '../../platform/http/error-responses.ts';
import type { ClaimsContext } from '../context.ts';
import { accountOfCaller } from './caller-account.ts';
import { accountErrors, claimsErrorResponses } from './error-schema.ts';
import { settings, settingsChange, settingsChanged } from './examples/settings.ts';

const tags = ['Linked accounts'];

const words = (description: string) =>
  Type.Array(Type.Object({ code: Type.String(), description: Type.String() }), { description });

/** Contract claims.md, 3.4. */
const AccountSettings = component(
  'AccountSettings',
  Type.Object({
    access_token_reference_id: Type.String({
      description: 'Your own name for the linked user; in every event.',
    }),
    visit_types: words('As the account’s appointments show them.'),
    visit_statuses: words('As the account’s appointments show them.'),
    required_patient_fields: Type.Array(Type.String(), {
      description: 'Patients cannot be created here: empty.',
    }),
    timezone: Type.String({ examples: ['America/New_York'] }),
  }),
);

export function settingsRoutes(app: HttpServer, context: ClaimsContext): void {
  app.get(
    '/v1/settings',
    {
      schema: {
        operationId: 'getSettings',
        tags,
        summary: 'Get the settings of the linked account',
        examples: { responses: { 200: { settings } } },
        response: {
          200: Type.Object({ success: Type.Boolean(), data: AccountSettings }),
          ...claimsErrorResponses(...accountErrors),
        },
      },
    },
    async (request) => ({ success: true, data: await settingsJson(context, accountScopeOf(request)) }),
  );
  changeSettingsRoute(app, context);
}

const referenceId = { minLength: 1, maxLength: 200 };

function changeSettingsRoute(app: HttpServer, context: ClaimsContext): void {
  app.post(
    '/v1/settings',
    {
      attachValidation: true,
      config: { body: 'left_to_route' },
      schema: {
        operationId: 'changeSettings',
        tags,
        summary: 'Rename the linked account',
        description: 'The one route of the claims API that refuses other fields, as the vendor’s does.',
        examples: { request: { rename: settingsChange }, responses: { 200: { renamed: settingsChanged } } },
        body: Type.Object({
          access_token_reference_id: Type.String({ ...referenceId, examples: ['clinic_1'] }),
        }),
        response: {
          200: Type.Object({ success: Type.Boolean(), message: Type.String(), data: AccountSettings }),
          ...claimsErrorResponses(...accountErrors, ...bodyErrors),
        },
      },
    },
    async (request) => {
      const scope = accountScopeOf(request);
      await updateReferenceId(context.database, scope, readReferenceId(request.body), context.clock.now());
      return {
        success: true,
        message: 'Settings updated successfully',
        data: await settingsJson(context, scope),
      };
    },
  );
}

/** @throws PrecertError `validation_error` */
function readReferenceId(body: unknown): string {
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  const { access_token_reference_id: sent, ...others }: Record<string, unknown> = isObject ? { ...body } : {};
  if (sent === undefined || sent === null || sent === '')
    throw invalidField('access_token_reference_id', 'required', 'This field is required.');
  const unexpected = Object.keys(others);
  if (unexpected.length > 0) {
    const names = unexpected.slice(0, 10).join(', ').slice(0, 200);
    throw new PrecertError('validation_error', `Unexpected fields in request body: ${names}`);
  }
  if (typeof sent !== 'string' || sent.trim() === '' || sent.length > referenceId.maxLength) {
    throw invalidField(
      'access_token_reference_id',
      'invalid_format',
      'Expected 1 to 200 characters that are not all blank.',
    );
  }
  return sent;
}

async function settingsJson(context: ClaimsContext, scope: AccountScope) {
  const account = await accountOfCaller(context, scope);
  const { types, statuses } = await listVisitWords(context, scope);
  const asWord = (word: string) => ({ code: word, description: word });
  return {
    access_token_reference_id: account.accessTokenReferenceId,
    visit_types: types.map(asWord),
    visit_statuses: statuses.map(asWord),
    required_patient_fields: [],
    timezone: account.timezone,
  };
}
