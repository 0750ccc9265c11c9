import { Type } from 'typebox';
import { normalizedAppointmentId } from '../../appointments/appointment.ts';
import { accountScopeOf } from '../../identity/claims-authentication.ts';
import { invalidField, PrecertError } from '../../platform/errors.ts';
import type { HttpServer } from '../../platform/http/create-http-server.ts';
import { bodyErrors } from '../../platform/http/error-responses.ts';
import { querySchema } from '../../platform/http/query-parameters.ts';
import { described } from '../../platform/http/schemas.ts';
import { findClaim, listClaims } from '../claim-queries.ts';
import type { ClaimsContext } from '../context.ts';
import { requestClaim } from '../request-claim.ts';
import { accountOfCaller } from './caller-account.ts';
import { ClaimSchema, claimJson } from './claim-json.ts';
import { accountErrors, claimsErrorResponses } from './error-schema.ts';
import {
  dateRange,
  dateRangeQuery,
  Pagination,
  pageQuery,
  paginationJson,
  rowsOfPage,
} from './request-parts.ts';

const tags = ['Claims'];

export function claimRoutes(app: HttpServer, context: ClaimsContext): void {
  requestClaimRoute(app, context);
  listClaimsRoute(app, context);
  getClaimRoute(app, context);
}

const requestBody = Type.Object({
  appointment_id: Type.String({
    description: '32 characters of `[0-9a-z]` in any case, or a UUID with dashes.',
    examples: ['0195a1b2c3d4e5f60718293a4b5c6d7e'],
  }),
});

function requestClaimRoute(app: HttpServer, context: ClaimsContext): void {
  app.post(
    '/v1/claims',
    {
      // Read below: the contract has texts of its own for every way of being wrong.
      attachValidation: true,
      config: { body: 'left_to_route' },
      schema: {
        operationId: 'createClaim',
        tags,
        summary: 'Create a claim in the EMR from a visit',
        description:
          'Queues the work and answers at once; `claim.created` or `claim.failed` tells how it ended. Refused while a claim of the appointment is pending or completed; a failed one does not stand in the way.',
        body: requestBody,
        response: {
          202: described(
            'Queued.',
            Type.Object({
              success: Type.Boolean(),
              message: Type.String(),
              claim_id: Type.String({ description: 'Names this request in the event.' }),
              appointment_id: Type.String({ description: 'In lower case without dashes.' }),
              job_id: Type.Integer({ description: 'A number here, text in events.' }),
            }),
          ),
          ...claimsErrorResponses(
            ...accountErrors,
            ...bodyErrors,
            'appointment_not_found',
            'appointment_missing_emr_id',
            'claim_already_exists',
          ),
        },
      },
    },
    async (request, reply) => {
      const appointmentId = readAppointmentId(request.body);
      const { claimId, jobId } = await requestClaim(context, accountScopeOf(request), appointmentId);
      return reply.code(202).send({
        success: true,
        message: 'Claim creation queued. A webhook event will be sent upon completion.',
        claim_id: claimId,
        appointment_id: appointmentId,
        job_id: jobId,
      });
    },
  );
}

/**
 * Null, nothing and blank text count as missing, as does a body that is no object (contract claims.md, 1.3).
 * @throws PrecertError `validation_error`
 */
function readAppointmentId(body: unknown): string {
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  const sent: unknown = isObject && 'appointment_id' in body ? body.appointment_id : undefined;
  if (sent === undefined || sent === null || (typeof sent === 'string' && sent.trim() === ''))
    throw invalidField('appointment_id', 'required', 'This field is required.');
  const normalized = typeof sent === 'string' ? normalizedAppointmentId(sent) : undefined;
  if (normalized === undefined)
    throw invalidField('appointment_id', 'invalid_format', 'Please provide a valid UUID.');
  return normalized;
}

function listClaimsRoute(app: HttpServer, context: ClaimsContext): void {
  app.get(
    '/v1/claims',
    {
      schema: {
        operationId: 'listClaims',
        tags,
        summary: 'List claims, newest first',
        description: 'Those requested here, in whichever state, by the day of the request.',
        querystring: querySchema({ ...dateRangeQuery, ...pageQuery({ default: 50, maximum: 100 }) }),
        response: {
          200: Type.Object({
            success: Type.Boolean(),
            claims: Type.Array(ClaimSchema),
            pagination: Pagination,
          }),
          ...claimsErrorResponses(...accountErrors, 'validation_error'),
        },
      },
    },
    async (request) => {
      const scope = accountScopeOf(request);
      const { query } = request;
      const { timezone } = await accountOfCaller(context, scope);
      const found = await listClaims(context, scope, dateRange(query), rowsOfPage(query));
      return {
        success: true,
        claims: found.claims.map((claim) => claimJson(claim, timezone)),
        pagination: paginationJson(query, found.totalCount),
      };
    },
  );
}

function getClaimRoute(app: HttpServer, context: ClaimsContext): void {
  app.get(
    '/v1/claims/:claim_id',
    {
      schema: {
        operationId: 'getClaim',
        tags,
        summary: 'Get a claim',
        params: Type.Object({ claim_id: Type.String({ examples: ['019ce8240280249a109dd7e9f2079ca2'] }) }),
        response: {
          200: Type.Object({ success: Type.Boolean(), claim: ClaimSchema }),
          ...claimsErrorResponses(...accountErrors, 'claim_not_found'),
        },
      },
    },
    async (request) => {
      const scope = accountScopeOf(request);
      const { timezone } = await accountOfCaller(context, scope);
      const claim = await findClaim(context, scope, request.params.claim_id);
      if (claim === undefined) throw new PrecertError('claim_not_found', 'No claim has this id.');
      return { success: true, claim: claimJson(claim, timezone) };
    },
  );
}
