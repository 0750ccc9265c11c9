import { type Static, Type } from 'typebox';
import { principalOf } from '../identity/bearer-authentication.ts';
import { component } from '../platform/http/components.ts';
import type { HttpServer } from '../platform/http/create-http-server.ts';
import { bearerErrors, bodyErrors, errorResponses } from '../platform/http/error-responses.ts';
import { discriminatedUnion, strictObject, stringEnum, timestampOrDate } from '../platform/http/schemas.ts';
import type { PriorAuthorizationContext } from '../prior-authorization/context.ts';
import { type PayerEvent, receivePayerEvent } from '../prior-authorization/receive-payer-event.ts';
import { authorizationJson } from '../prior-authorization/routes/authorization-json.ts';
import { askedForMore } from '../prior-authorization/routes/examples/answers.ts';
import {
  authorizationParams,
  expectedVersion,
  ifMatchHeader,
  sendVersion,
} from '../prior-authorization/routes/request-parts.ts';
import { authorizationResponse } from '../prior-authorization/routes/schemas.ts';

const documentFileId = Type.String({ minLength: 1, maxLength: 64, examples: ['file_456'] });
const payerReferenceNumber = Type.Optional(Type.String({ minLength: 1, maxLength: 100 }));
const sentence = (example: string) => Type.String({ minLength: 1, maxLength: 2000, examples: [example] });

/** Contract prior-auth.md, 1.16. */
const PayerApproval = component(
  'PayerApproval',
  strictObject({
    type: stringEnum(['approval']),
    documentFileId,
    certificationNumber: Type.String({ minLength: 1, maxLength: 100, examples: ['CERT-0001'] }),
    approvedStartDate: timestampOrDate({ examples: ['2026-03-16'] }),
    approvedEndDate: timestampOrDate({ examples: ['2026-09-16'] }),
    approvalExpiresAt: timestampOrDate({ examples: ['2026-09-16T23:59:59.000Z'] }),
    payerReferenceNumber,
  }),
);

const PayerDenial = component(
  'PayerDenial',
  strictObject({
    type: stringEnum(['denial']),
    documentFileId,
    denialReasonCode: Type.String({ minLength: 1, maxLength: 100, examples: ['not_medically_necessary'] }),
    denialReasonMessage: sentence('Criteria not met.'),
    payerReferenceNumber,
  }),
);

const PayerInformationRequest = component(
  'PayerInformationRequest',
  strictObject({
    type: stringEnum(['more_info_request']),
    documentFileId,
    message: sentence('Payer requested updated clinical notes documenting prior therapy response.'),
    requestedDocuments: Type.Array(Type.String({ minLength: 1, maxLength: 500 }), { maxItems: 50 }),
    resolutionHint: Type.Optional(sentence('Attach the updated note, resolve the action, and resubmit.')),
  }),
);

const PayerEventRequest = component(
  'PayerEvent',
  discriminatedUnion('type', [PayerApproval, PayerDenial, PayerInformationRequest]),
);

const payerEvents = {
  approval: {
    type: 'approval',
    documentFileId: 'file_456',
    certificationNumber: 'CERT-0001',
    approvedStartDate: '2026-03-16',
    approvedEndDate: '2026-09-16',
    approvalExpiresAt: '2026-09-16T23:59:59.000Z',
  },
  denial: {
    type: 'denial',
    documentFileId: 'file_456',
    denialReasonCode: 'not_medically_necessary',
    denialReasonMessage: 'Criteria not met.',
  },
  informationRequest: {
    type: 'more_info_request',
    documentFileId: 'file_456',
    message: 'Payer requested updated clinical notes documenting prior therapy response.',
    requestedDocuments: ['Updated clinical notes documenting prior therapy response'],
    resolutionHint: 'Attach the updated note, resolve the action, and resubmit.',
  },
} satisfies Readonly<Record<string, Static<typeof PayerEventRequest>>>;

/** Plays the payer: only in the sandbox. */
export function payerEventRoute(app: HttpServer, context: PriorAuthorizationContext): void {
  app.post(
    '/v1/sandbox/prior-auth/authorizations/:authorizationId/payer-events',
    {
      schema: {
        operationId: 'injectPayerEvent',
        tags: ['Sandbox'],
        summary: 'Inject an approval, a denial or a payer request for information',
        examples: { request: payerEvents, responses: { 200: { informationRequested: askedForMore } } },
        params: authorizationParams,
        headers: Type.Object(ifMatchHeader),
        body: PayerEventRequest,
        response: {
          200: authorizationResponse('The authorization as it is now.'),
          ...errorResponses(
            ...bearerErrors,
            ...bodyErrors,
            'authorization_not_found',
            'version_conflict',
            'file_not_found',
            'file_not_ready',
            'file_purpose_mismatch',
            'inbound_event_not_allowed_for_state',
          ),
        },
      },
    },
    async (request, reply) => {
      const { organizationId } = principalOf(request);
      // The schema is the union's: one variant per type, nothing else.
      const event = request.body as PayerEvent;
      const next = await receivePayerEvent(context, organizationId, request.params.authorizationId, event, {
        documentPurpose: 'sandbox_payer_document',
        expectedVersion: expectedVersion(request),
      });
      sendVersion(reply, next);
      return authorizationJson(context, next);
    },
  );
}
