import type { RequirementGroupKind, Severity } from './evaluation.ts';

/**
 * A payer's requirement rules as data (contract prior-auth.md, 5.3 and 5.5), in the shape `template.json` holds them.
 *
 * Keys are `questionnaire.<linkId>` and `context.<path>`; the path language stands in `case-path.ts`.
 */

export type ComparisonOperator = '=' | '!=' | '>' | '<' | '>=' | '<=';

/**
 * A condition over keys. A Coding compares by its code, a Quantity by its value. With several values (repeats,
 * diagnoses) a comparison holds if any value does; for `!=` that means any value that differs, as FHIR R4 reads
 * `enableWhen`. A disabled or unanswered question has no value: only `exists: false` and `!=` hold of it. Text of
 * `context.` keys is compared without regard to case, because clinics type it freely.
 */
export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  | KeyCondition;

export type KeyCondition =
  | { readonly key: string; readonly exists: boolean }
  | { readonly key: string; readonly operator: ComparisonOperator; readonly value: string | number | boolean }
  | { readonly key: string; readonly oneOf: readonly (string | number)[] }
  /** For code families: `context.diagnoses` starts with `D57.`. */
  | { readonly key: string; readonly startsWith: readonly string[] };

export type RequiredMode = 'required' | 'conditional' | 'recommended' | 'optional';

export interface ContextRequirement {
  /** `context.<path>`, for example `context.providers.prescribing`. */
  readonly key: string;
  readonly label: string;
  readonly requiredMode: RequiredMode;
  /** Present when `requiredMode` is `conditional`. */
  readonly when?: Condition;
  /** Case paths without the `context.` prefix: `providers[role=prescribing].identifiers[npi]`. All must have a value. */
  readonly paths: readonly string[];
  readonly message: string;
}

export interface RequirementGroup {
  readonly id: string;
  readonly kind: RequirementGroupKind;
  readonly label: string;
  readonly message: string;
  /** `questionnaire.<linkId>` or `context.<path>`. */
  readonly fieldKeys: readonly string[];
  /** Guard: the group is active only while it holds. Mandatory for `conditional` (its members are then required). */
  readonly when?: Condition;
  readonly severity?: Severity;
  /** Default: true for `error`, false otherwise. */
  readonly blocking?: boolean;
}

/** What `documentTypes` of an attachment and `likelyDocTypes` of a rule may say (contract section 2). */
export const documentTypes = [
  'clinical_note',
  'treatment_plan',
  'lab_result',
  'imaging_report',
  'letter_of_medical_necessity',
  'prior_therapy_record',
  'other',
] as const;

export interface SupportingDocumentRule {
  /**
   * `questionnaire.<linkId>`, `context.<path>` or `documents.<name>`. A rule that hangs on a question is asked for
   * only while that question is enabled.
   */
  readonly key: string;
  readonly label: string;
  readonly requiredMode: RequiredMode;
  readonly when?: Condition;
  /** `when` in words for the static guidance. */
  readonly appliesWhen?: string;
  readonly likelyDocTypes: readonly string[];
  readonly message: string;
}
