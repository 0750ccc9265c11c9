import type { Static } from 'typebox';
import type { ClaimSchema } from '../claim-json.ts';
import { claimCreatedEvent } from './events.ts';

/** One claim from the request to the EMR's number, as `test/api/claims/documented-examples.test.ts` plays it. */

const { data, job_id } = claimCreatedEvent;

export const claimRequest = { appointment_id: data.appointment_id };

export const queued = {
  success: true,
  message: 'Claim creation queued. A webhook event will be sent upon completion.',
  claim_id: data.claim_id,
  appointment_id: data.appointment_id,
  job_id: Number(job_id),
};

const createdClaim = {
  id: data.claim_id,
  claim_id: data.claim_id,
  appointment_id: data.appointment_id,
  job_id: Number(job_id),
  state: 'created',
  failure_reason: null,
  reasons: [],
  created_at: '2026-03-13T17:00:00.000Z',
  finished_at: '2026-03-13T17:00:02.000Z',
  emr_claim_id: data.emr_claim_id,
  emr_appointment_id: data.emr_appointment_id,
  emr_patient_id: data.emr_patient_id,
  patient_mrn: data.patient_mrn,
  patient_name: 'DOE, JANE',
  service_date: '2026-03-03',
  claim_date: '2026-03-13',
  emr_provider_id: '7001',
  provider_name: 'Helena Brandt',
  claim_status: null,
  claim_status_description: null,
} satisfies Static<typeof ClaimSchema>;

export const readClaim = { success: true, claim: createdClaim };

export const listedClaims = {
  success: true,
  claims: [createdClaim],
  pagination: { current_page: 1, total_pages: 1, total_count: 1, page_size: 50 },
};

const refused = (message: string) => ({ success: false, message });

/** The contract's five refusals, word for word; the test beside holds them against what the server answers. */
export const claimRefusals = {
  400: {
    missing: refused("'appointment_id' is required."),
    malformed: refused("Invalid 'appointment_id' format. Please provide a valid UUID."),
  },
  404: { notFound: refused('Appointment not found.') },
  409: {
    notInEmr: refused('Appointment is missing emr_appointment_id; cannot create claim.'),
    duplicate: refused('A claim for this appointment is already pending or completed.'),
  },
};

/** Of every route with an access token. */
export const loginRequired = {
  success: false,
  error: 'login_required',
  message: 'Account link expired. Please go through the integration setup again.',
};
