/**
 * What a webhook is sent of a claim, and what `GET /v1/webhook-events` shows of it. The visit is the first one of the
 * sandbox's simulated EMR; `test/api/claims/documented-examples.test.ts` plays it.
 */

const envelope = {
  id: 'evt_01kkm280m0p5v8q2n4x7c3d9rt',
  access_token_reference_id: 'clinic_1',
  object: 'event',
  created: '2026-03-13T17:00:02Z',
};

const claim = {
  claim_id: '019ce8240280249a109dd7e9f2079ca2',
  appointment_id: '0195a1b2c3d4e5f60718293a4b5c6d7e',
  patient_mrn: 'MRN-12345',
};

export const claimCreatedEvent = {
  ...envelope,
  type: 'claim.created',
  job_id: '10001',
  data: { ...claim, emr_claim_id: '100234', emr_appointment_id: '500100', emr_patient_id: '40210' },
};

const noDiagnosis = 'The visit has no ICD-10 diagnosis code in the EMR.';

export const claimFailedEvent = {
  ...envelope,
  type: 'claim.failed',
  job_id: '10001',
  data: {
    ...claim,
    failure_reason: noDiagnosis,
    reasons: [{ code: 'missing_diagnosis_codes', description: noDiagnosis }],
  },
};

/** Delivered, to the one registered URL. */
export const listedEvents = {
  success: true,
  webhook_events: [
    {
      event_id: claimCreatedEvent.id,
      event_type: claimCreatedEvent.type,
      webhook_url: 'https://clinic.example.com/precert',
      delivery_status: 'success',
      created_at: '2026-03-13T17:00:02.000Z',
      id: claimCreatedEvent.id,
      object: 'event',
      type: claimCreatedEvent.type,
      created: claimCreatedEvent.created,
      access_token_reference_id: claimCreatedEvent.access_token_reference_id,
      job_id: claimCreatedEvent.job_id,
      status: 'success',
      delivered: true,
      delivery_attempts: 1,
      last_delivery_attempt: '2026-03-13T17:00:02.000Z',
      response_status_code: 200,
      data: claimCreatedEvent.data,
    },
  ],
  pagination: { current_page: 1, total_pages: 1, total_count: 1, page_size: 50 },
};
