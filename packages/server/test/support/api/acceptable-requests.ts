/** One request to every operation with a JSON body that the server would take: what bad ones are made from. */

import { createEndpoint, endpointsPath, listDeliveries } from '../webhooks/webhook-tenant.ts';
import type { Answer, ApiClient } from './api-client.ts';
import { attach } from './case-record.ts';
import {
  adakveoAnswers,
  adakveoCase,
  approval,
  authorizationsPath,
  createCaseInState,
  denial,
  informationRequest,
  succeed,
  uploadFile,
} from './sample-case.ts';
import { openSession, pdfLikeBytes, putBytes } from './upload-session.ts';

export interface AcceptableRequest {
  readonly operationId: string;
  /** The operation, and which body of it where there are several. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly needsBody: boolean;
}

export async function acceptableRequests(client: ApiClient): Promise<readonly AcceptableRequest[]> {
  const endpoint = await createEndpoint(client, endpointBody);
  const account = succeed(await client.call('POST', '/v1/linked-accounts', accountBody));
  const draft = await createCaseInState(client, 'needs_input');
  const abandoned = await createCaseInState(client, 'needs_input');
  const ready = await createCaseInState(client, 'ready_to_submit');
  const pending = await createCaseInState(client, 'pending_payer');
  const asked = await createCaseInState(client, 'action_required');
  const fileId = await uploadFile(client);
  const attachment = succeed(await attach(client, asked.id, { fileId, label: 'Note' }));
  const document = await uploadFile(client, { purpose: 'sandbox_payer_document' });
  const uploaded = await openSession(client);
  succeed(await putBytes(client, uploaded, pdfLikeBytes(100)));
  const [delivery] = await listDeliveries(client, endpoint.id);
  const request = (
    operationId: string,
    method: string,
    path: string,
    body: AcceptableRequest['body'],
    variant?: string,
  ): AcceptableRequest => ({
    operationId,
    name: variant === undefined ? operationId : `${operationId} ${variant}`,
    method,
    path,
    body,
    needsBody: !optionalBodies.includes(operationId),
  });
  const endpointPath = (suffix = '') => `${endpointsPath}/${endpoint.id}${suffix}`;
  const casePath = (id: string, suffix = '') => `${authorizationsPath}/${id}${suffix}`;
  const eventPath = `/v1/sandbox/prior-auth/authorizations/${pending.id}/payer-events`;
  return [
    request('createAuthorization', 'POST', authorizationsPath, richCase),
    request('updateAuthorization', 'PATCH', casePath(draft.id), richPatch),
    request('addAttachment', 'POST', casePath(draft.id, '/attachments'), {
      fileId,
      label: 'Recent clinical note',
      documentTypes: ['clinical_note'],
      metadata: { pages: 2, from: { unit: 'hematology' } },
    }),
    request('previewAuthorization', 'POST', casePath(draft.id, '/preview'), {}),
    request('submitAuthorization', 'POST', casePath(ready.id, '/submit'), {}),
    request('cancelAuthorization', 'POST', casePath(abandoned.id, '/cancel'), {
      reason: 'Submitted in error',
    }),
    request('resolveAction', 'POST', casePath(asked.id, `/actions/${asked.actions[0].id}/resolve`), {
      attachmentIds: [attachment.id],
      note: 'See the note.',
    }),
    request('createFile', 'POST', '/v1/files', {
      fileName: 'note.pdf',
      contentType: 'application/pdf',
      purpose: 'authorization_attachment',
      sizeBytes: 100,
    }),
    request('completeFile', 'POST', `/v1/files/${uploaded.id}/complete`, {}),
    request('createCredential', 'POST', '/v1/credentials', {
      name: 'Intake service',
      scope: 'read',
      expiresAt: '2027-03-13T17:00:00.000Z',
    }),
    request('linkAccount', 'POST', '/v1/linked-accounts', accountBody),
    request('relinkAccount', 'POST', `/v1/linked-accounts/${account.id}/relink`, {
      settings: {},
      timezone: 'America/Chicago',
      rotateToken: false,
    }),
    request('createWebhookEndpoint', 'POST', endpointsPath, endpointBody),
    request('updateWebhookEndpoint', 'PATCH', endpointPath(), endpointPatch),
    request('rotateWebhookSecret', 'POST', endpointPath('/rotate-secret'), { overlapHours: 1 }),
    request('enableWebhookEndpoint', 'POST', endpointPath('/enable'), {}),
    request('resendWebhookDelivery', 'POST', endpointPath(`/deliveries/${delivery.id}/resend`), {}),
    request('replayWebhookEvents', 'POST', endpointPath('/replay'), {
      from: '2026-03-13T00:00:00Z',
      to: '2026-03-14T00:00:00Z',
      eventTypes: ['prior_auth.authorization.created'],
    }),
    request('injectPayerEvent', 'POST', eventPath, approval(document), 'approval'),
    request('injectPayerEvent', 'POST', eventPath, denial(document), 'denial'),
    request('injectPayerEvent', 'POST', eventPath, informationRequest(document), 'request'),
  ];
}

const optionalBodies = [
  'previewAuthorization',
  'submitAuthorization',
  'cancelAuthorization',
  'resolveAction',
  'completeFile',
  'relinkAccount',
  'rotateWebhookSecret',
  'enableWebhookEndpoint',
  'resendWebhookDelivery',
];

/** At the sandbox's simulator, which does not run in these tests: it is not asked for anything. */
const accountBody = {
  connector: 'simulator',
  settings: {},
  accessTokenReferenceId: 'clinic_1',
  timezone: 'America/New_York',
};

const endpointBody = {
  url: 'https://93.184.215.14/events',
  // Few, so that little is delivered while requests are tried.
  eventTypes: ['prior_auth.authorization.created'],
  profile: 'standard',
  schedule: 'vendor',
  description: 'Front desk',
};

const { profile: _profile, ...endpointPatch } = endpointBody;

const location = {
  name: 'Main Street Infusion Center',
  npi: '1234567893',
  address: adakveoCase.patient.address,
};

const richCase = {
  ...adakveoCase,
  urgency: 'expedited',
  locations: { servicing: location },
  siteOfCare: 'Infusion center',
  treatmentPhase: 'Start',
  metadata: { externalCaseId: 'case-42' },
  questionnaireResponse: adakveoAnswers,
};

const richPatch = {
  ...richCase,
  patient: { ...adakveoCase.patient, gender: 'female', phone: '415-555-0100' },
};

/** Sends bytes as they are, under a JSON content type unless the headers say otherwise. */
export function sendJsonText(
  client: ApiClient,
  request: AcceptableRequest,
  bytes: Uint8Array | string,
  headers: Readonly<Record<string, string>> = { 'content-type': 'application/json' },
): Promise<Answer> {
  const body = typeof bytes === 'string' ? bytes : Buffer.from(bytes);
  return client.send(request.path, { method: request.method, headers, body });
}
