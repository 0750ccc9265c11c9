import type { Questionnaire, ValueSet } from '../questionnaire/types.ts';
import type { ContextRequirement, RequirementGroup, SupportingDocumentRule } from '../requirements/rules.ts';

export type {
  Condition,
  ContextRequirement,
  RequiredMode,
  RequirementGroup,
  SupportingDocumentRule,
} from '../requirements/rules.ts';

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

/** One field of the payer's AcroForm and where its value comes from. */
export type FieldMapping =
  | {
      readonly field: string;
      readonly kind: 'text' | 'dropdown';
      readonly from: string;
      readonly format?: 'date_us' | 'upper';
    }
  | {
      readonly field: string;
      readonly kind: 'checkbox';
      readonly from: string;
      readonly equals?: string | number | boolean;
    }
  | {
      readonly field: string;
      readonly kind: 'radio';
      readonly from: string;
      readonly options?: Readonly<Record<string, string>>;
    }
  | { readonly field: string; readonly kind: 'text'; readonly constant: string };

/** A template's files as read from disk or from the pinned copy in the database. */
export interface TemplateFiles {
  readonly definition: TemplateDefinition;
  readonly questionnaire: Questionnaire;
  readonly valueSets: readonly ValueSet[];
  /** The payer's AcroForm. */
  readonly form?: Uint8Array;
}
