import { Type } from 'typebox';
import { accountScopeOf } from '../../identity/claims-authentication.ts';
import { PrecertError } from '../../platform/errors.ts';
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
  claimRefusals,
  claimRequest,
  listedClaims,
  loginRequired,
  queued,
  readClaim,
} from './examples/claims.ts';
import { readAppointmentId } from './read-appointment-id.ts';
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
        examples: {
          request: { visit: claimRequest },
          responses: { 202: { queued }, 403: { loginRequired }, ...claimRefusals },
        },
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

function listClaimsRoute(app: HttpServer, context: ClaimsContext): void {
  app.get(
    '/v1/claims',
    {
      schema: {
        operationId: 'listClaims',
        tags,
        summary: 'List claims, newest first',
        description: 'Those requested here, in whichever state, by the day of the request.',
        examples: { responses: { 200: { claims: listedClaims } } },
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
        description: 'Ours: the vendor tells of a claim by its event alone.',
        examples: { responses: { 200: { created: readClaim } } },
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
