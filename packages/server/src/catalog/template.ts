import type { Questionnaire, ValueSet } from '../questionnaire/types.ts';
import type { Severity } from '../requirements/evaluation.ts';

/** What a payer's rules look like as data; `catalog/templates/<payer>/<template>/template.json`. */
export interface TemplateDefinition {
  readonly id: string;
  /** Raised by the author with each change; an open case pins id and version. */
  readonly version: string;
  readonly title: string;
  /** Shown in docs and on the filled form; `sample` templates are no payer's real form. */
  readonly sample?: boolean;
  readonly match: TemplateMatch;
  readonly contextRequirements?: readonly ContextRequirement[];
  readonly requirementGroups?: readonly RequirementGroup[];
  readonly supportingDocuments?: readonly SupportingDocumentRule[];
  /** Only with a `form.pdf`. */
  readonly fieldMap?: readonly FieldMapping[];
  readonly channel?: { readonly kind: 'fax' | 'portal' | 'phone'; readonly address?: string };
  readonly sources: readonly TemplateSource[];
}

export interface TemplateSource {
  readonly title: string;
  readonly url?: string;
  readonly licence?: string;
}

/** `*` is allowed for plan types and states; the most specific match wins (contract 5.6). */
export interface TemplateMatch {
  readonly payerId: string;
  readonly planTypes: readonly string[];
  readonly states: readonly string[];
  readonly service: { readonly codeSystem: string; readonly codes: readonly string[] };
}

/**
 * A condition over `questionnaire.<linkId>` and `context.<path>` keys. Comparison against a Coding answer
 * compares its code. A disabled or unanswered question has no value: only `exists: false` and `!=` hold of it.
 */
export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  | { readonly key: string; readonly exists: boolean }
  | {
      readonly key: string;
      readonly operator: '=' | '!=' | '>' | '<' | '>=' | '<=';
      readonly value: string | number | boolean;
    }
  | { readonly key: string; readonly oneOf: readonly (string | number)[] };

export type RequiredMode = 'required' | 'conditional' | 'recommended' | 'optional';

export interface ContextRequirement {
  /** `context.<path>`, for example `context.providers.prescribing`. */
  readonly key: string;
  readonly label: string;
  readonly requiredMode: RequiredMode;
  /** Present when `requiredMode` is `conditional`. */
  readonly when?: Condition;
  /** Path mini-language: `providers[role=prescribing].identifiers[npi]`. All must have a value. */
  readonly paths: readonly string[];
  readonly message: string;
}

export interface RequirementGroup {
  readonly id: string;
  readonly kind: 'required' | 'at_least_one' | 'exactly_one' | 'all_or_none' | 'mutually_exclusive' | 'conditional';
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

export interface SupportingDocumentRule {
  readonly key: string;
  readonly label: string;
  readonly requiredMode: RequiredMode;
  readonly when?: Condition;
  /** `when` in words for the static guidance. */
  readonly appliesWhen?: string;
  readonly likelyDocTypes: readonly string[];
  readonly message: string;
}

/** One field of the payer's AcroForm and where its value comes from. */
export type FieldMapping =
  | { readonly field: string; readonly kind: 'text' | 'dropdown'; readonly from: string; readonly format?: 'date_us' | 'upper' }
  | { readonly field: string; readonly kind: 'checkbox'; readonly from: string; readonly equals?: string | number | boolean }
  | { readonly field: string; readonly kind: 'radio'; readonly from: string; readonly options?: Readonly<Record<string, string>> }
  | { readonly field: string; readonly kind: 'text'; readonly constant: string };

/** A template's files as read from disk or from the pinned copy in the database. */
export interface TemplateFiles {
  readonly definition: TemplateDefinition;
  readonly questionnaire: Questionnaire;
  readonly valueSets: readonly ValueSet[];
  /** The payer's AcroForm. */
  readonly form?: Uint8Array;
}
