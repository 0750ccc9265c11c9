import type { ClaimFailureCode, ClaimFailureReason } from '../connector.ts';
import type { OutcomeIssue } from './operation-outcome.ts';

/** Fixed texts: what the EMR wrote may name a patient, and customers see these. */
const descriptions: Readonly<Record<ClaimFailureCode, string>> = {
  appointment_not_found_in_emr: 'The EMR has no visit for this appointment.',
  encounter_not_billable: 'The visit is not ready for billing in the EMR.',
  encounter_locked: 'The visit is locked in the EMR.',
  missing_procedure_codes: 'The visit has no billable procedure code in the EMR.',
  missing_diagnosis_codes: 'The visit has no ICD-10 diagnosis code in the EMR.',
  missing_insurance: 'The patient had no active coverage in the EMR on the day of the visit.',
  claim_already_exists_in_emr: 'The EMR already has a claim for this visit.',
  login_required: 'The EMR no longer accepts the credentials of the account.',
  emr_unavailable: 'The EMR could not be reached.',
  emr_rejected: 'The EMR refused the claim.',
  timeout: 'The EMR did not answer in time.',
  // The vendor's own words (contract claims.md, 4.4).
  unknown_error: 'Failed to create claim',
};

export function failureReason(code: ClaimFailureCode): ClaimFailureReason {
  return { code, description: descriptions[code] };
}

/** Keys that eClinicalWorks documents for its write errors (contract claims.md, 7.1); other EMRs' may join them. */
const byDetail: Readonly<Record<string, ClaimFailureCode>> = {
  INVALID_ENCOUNTER: 'appointment_not_found_in_emr',
  ENCOUNTER_IS_LOCKED: 'encounter_locked',
  INSURANCE_NOT_FOUND: 'missing_insurance',
  PATIENT_INSURANCE_MISMATCH: 'missing_insurance',
  INVALID_CHARGE_ITEM_REFERENCE: 'missing_procedure_codes',
  INVALID_CHARGE_ITEM_DATA: 'missing_procedure_codes',
};

/** R4 issue types that say enough by themselves. */
const byIssueCode: Readonly<Record<string, ClaimFailureCode>> = {
  duplicate: 'claim_already_exists_in_emr',
  'lock-error': 'encounter_locked',
};

/** Elements of the claim that an issue may point at, with or without an index. */
const byExpression: readonly (readonly [RegExp, ClaimFailureCode])[] = [
  [/^Claim\.diagnosis\b/, 'missing_diagnosis_codes'],
  [/^Claim\.insurance\b/, 'missing_insurance'],
  [/^Claim\.item(?:\[\d+\])?\.encounter\b/, 'encounter_not_billable'],
  [/^Claim\.item\b/, 'missing_procedure_codes'],
];

/** One reason for each different code; never empty. */
export function reasonsOf(issues: readonly OutcomeIssue[]): readonly ClaimFailureReason[] {
  const codes = new Set(issues.map(codeOf));
  return [...codes].map(failureReason);
}

function codeOf({ code, details, expressions }: OutcomeIssue): ClaimFailureCode {
  const known = details.find((detail) => Object.hasOwn(byDetail, detail));
  const pointed = byExpression.find(([pattern]) => expressions.some((path) => pattern.test(path)));
  return (
    (known === undefined ? undefined : byDetail[known]) ??
    (Object.hasOwn(byIssueCode, code) ? byIssueCode[code] : undefined) ??
    pointed?.[1] ??
    'emr_rejected'
  );
}
