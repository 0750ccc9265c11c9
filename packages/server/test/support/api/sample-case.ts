import type { Answer, ApiClient } from './api-client.ts';
import { samplePdf } from './sample-documents.ts';

/** The contract's own create request (prior-auth.md, 4.1). */
export const adakveoCase = {
  patient: {
    identifiers: [{ type: 'mrn', value: 'MRN-001' }],
    firstName: 'Jane',
    lastName: 'Doe',
    dateOfBirth: '1988-05-09',
    address: { line1: '123 Main St', city: 'San Francisco', state: 'CA', zip: '94105' },
  },
  coverage: {
    payerId: 'payer_aetna',
    memberId: 'W123456789',
    groupNumber: 'GRP-123',
    planType: 'commercial',
    insuranceState: 'CA',
  },
  providers: [
    {
      role: 'prescribing',
      identifiers: [
        { type: 'npi', value: '1234567890' },
        { type: 'dea', value: 'AB1234567' },
      ],
      firstName: 'Ajay',
      lastName: 'Patel',
      specialty: 'hematologist',
      phone: '415-555-0100',
      fax: '415-555-0101',
      address: { line1: '100 Main St', city: 'San Francisco', state: 'CA', zip: '94105' },
    },
  ],
  requestedBy: { firstName: 'Alicia', lastName: 'Gomez', phone: '415-555-0100' },
  service: {
    code: 'J0791',
    codeSystem: 'hcpcs',
    drugName: 'Adakveo',
    requestedStartDate: '2026-03-13',
    requestedEndDate: '2026-09-13',
  },
  diagnoses: [{ code: 'D57.00', codeSystem: 'icd_10' }],
};

/** Enough answers for the Adakveo case to be ready. */
export const adakveoAnswers = {
  item: [
    { linkId: 'request_type', answer: [{ valueCoding: { code: 'start_of_treatment' } }] },
    { linkId: 'acknowledgment_date', answer: [{ valueDate: '2026-03-13' }] },
    { linkId: 'genotype', answer: [{ valueCoding: { code: 'hb_ss' } }] },
    { linkId: 'age_years', answer: [{ valueInteger: 37 }] },
    { linkId: 'body_weight', answer: [{ valueQuantity: { value: 64.5, unit: 'kg' } }] },
    { linkId: 'crises_last_12_months', answer: [{ valueInteger: 4 }] },
    { linkId: 'hydroxyurea_status', answer: [{ valueCoding: { code: 'current' } }] },
    { linkId: 'hydroxyurea_outcome', answer: [{ valueCoding: { code: 'crises_continue' } }] },
    { linkId: 'label_dosing', answer: [{ valueBoolean: true }] },
    { linkId: 'infusion_site', answer: [{ valueCoding: { code: 'infusion_center' } }] },
  ],
};

export const authorizationsPath = '/v1/prior-auth/authorizations';

/** Creates a case; with `ready` it has all its answers. */
export async function createCase(
  client: ApiClient,
  options: { readonly ready?: boolean } = {},
): Promise<Answer['body']> {
  const body =
    options.ready === true ? { ...adakveoCase, questionnaireResponse: adakveoAnswers } : adakveoCase;
  return succeed(await client.call('POST', authorizationsPath, body));
}

/** Uploads bytes through the files API and completes them. */
export async function uploadFile(
  client: ApiClient,
  options: {
    readonly purpose?: string;
    readonly contentType?: string;
    readonly bytes?: Uint8Array;
    readonly fileName?: string;
  } = {},
): Promise<string> {
  const {
    purpose = 'authorization_attachment',
    contentType = 'application/pdf',
    fileName = 'clinical-note.pdf',
  } = options;
  const created = succeed(await client.call('POST', '/v1/files', { fileName, contentType, purpose }));
  const bytes = options.bytes ?? (await samplePdf());
  succeed(
    await client.send(created.upload.url, {
      method: 'PUT',
      headers: created.upload.headers,
      body: Buffer.from(bytes),
    }),
  );
  succeed(await client.call('POST', `/v1/files/${created.file.id}/complete`));
  return created.file.id;
}

/** Brings a new case into the given state through the public API alone. */
export async function createCaseInState(client: ApiClient, state: string): Promise<Answer['body']> {
  if (state === 'needs_input') return createCase(client);
  const ready = await createCase(client, { ready: true });
  const path = `${authorizationsPath}/${ready.id}`;
  if (state === 'ready_to_submit') return ready;
  if (state === 'cancelled')
    return succeed(await client.call('POST', `${path}/cancel`, { reason: 'Submitted in error' }));
  const submitted = succeed(await client.call('POST', `${path}/submit`));
  if (state === 'pending_payer') return submitted;
  const documentFileId = await uploadFile(client, { purpose: 'sandbox_payer_document' });
  const event = state === 'action_required' ? informationRequest(documentFileId) : approval(documentFileId);
  return succeed(
    await client.call('POST', `/v1/sandbox/prior-auth/authorizations/${ready.id}/payer-events`, event),
  );
}

export function approval(documentFileId: string) {
  return {
    type: 'approval',
    documentFileId,
    certificationNumber: 'CERT-0001',
    approvedStartDate: '2026-03-16T00:00:00.000Z',
    approvedEndDate: '2026-09-16T00:00:00.000Z',
    approvalExpiresAt: '2026-09-16T23:59:59.000Z',
  };
}

export function denial(documentFileId: string) {
  return {
    type: 'denial',
    documentFileId,
    denialReasonCode: 'not_medically_necessary',
    denialReasonMessage: 'Criteria not met.',
  };
}

export function informationRequest(documentFileId: string) {
  return {
    type: 'more_info_request',
    documentFileId,
    message: 'Payer requested updated clinical notes documenting prior therapy response.',
    requestedDocuments: ['Updated clinical notes documenting prior therapy response'],
    resolutionHint: 'Attach the updated note, resolve the action, and resubmit.',
  };
}

/** The body of an answer that must have succeeded; its error is the test's failure message. */
export function succeed(answer: Answer): Answer['body'] {
  if (answer.status >= 400) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}
