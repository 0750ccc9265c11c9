import type { JsonObject } from '../fhir-rest/json-values.ts';
import type { RejectionKind } from './fault-rules.ts';

/** What the simulator answers, before a fault spoils it. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: JsonObject;
}

interface Issue {
  readonly code: string;
  readonly detail?: string;
  readonly expression?: string;
}

export function refusal(status: number, { code, detail, expression }: Issue): Answer {
  return {
    status,
    body: {
      resourceType: 'OperationOutcome',
      issue: [
        {
          severity: 'error',
          code,
          ...(detail === undefined
            ? {}
            : { details: { coding: [{ system: 'urn:precert:emr-simulator:errors', code: detail }] } }),
          ...(expression === undefined ? {} : { expression: [expression] }),
        },
      ],
    },
  };
}

const rejections: Readonly<Record<RejectionKind, readonly [status: number, Issue]>> = {
  encounter_locked: [422, { code: 'business-rule', detail: 'ENCOUNTER_IS_LOCKED' }],
  duplicate: [409, { code: 'duplicate' }],
  missing_diagnosis: [422, { code: 'required', expression: 'Claim.diagnosis' }],
  missing_procedure: [422, { code: 'required', expression: 'Claim.item[0].productOrService' }],
  missing_insurance: [422, { code: 'business-rule', detail: 'INSURANCE_NOT_FOUND' }],
  business_rule: [422, { code: 'business-rule' }],
  forbidden: [403, { code: 'forbidden' }],
};

export function rejection(kind: RejectionKind): Answer {
  return refusal(...rejections[kind]);
}
