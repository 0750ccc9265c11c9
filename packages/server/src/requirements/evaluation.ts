/**
 * The result of `evaluate`: the preview body of the contract (prior-auth.md, 1.6 and 4.4) but for the
 * documents, plus the class of each blocker that the lifecycle needs (3.3).
 */

export type Severity = 'error' | 'warning' | 'info';

export type IssueCode =
  | 'required'
  | 'invalid_type'
  | 'invalid_format'
  | 'invalid_option'
  | 'out_of_range'
  | 'group_violated'
  | 'context_missing'
  | 'document_missing'
  | 'attachment_unreadable';

export type RuleType = 'required' | 'context' | 'group' | 'format' | 'value_set' | 'range' | 'document';

export interface ValidationIssue {
  readonly field: string;
  readonly code: IssueCode;
  readonly message: string;
  readonly severity: Severity;
  readonly blocking: boolean;
  readonly ruleType: RuleType;
  readonly relatedKeys: readonly string[];
}

export interface ContextRequirementState {
  readonly key: string;
  readonly label: string;
  readonly requiredMode: 'required' | 'conditional' | 'recommended' | 'optional';
  readonly status: 'satisfied' | 'missing';
  /** "Would block if missing": true even when satisfied (contract 5.5). */
  readonly blocking: boolean;
  readonly paths: readonly string[];
  readonly message: string;
}

export interface QuestionStateView {
  readonly key: string;
  readonly linkId: string;
  readonly enabled: boolean;
  readonly required: boolean;
  readonly answered: boolean;
  readonly blocking: boolean;
}

export type RequirementGroupKind =
  | 'required'
  | 'at_least_one'
  | 'exactly_one'
  | 'all_or_none'
  | 'mutually_exclusive'
  | 'conditional';

export interface RequirementGroupState {
  readonly id: string;
  readonly kind: RequirementGroupKind;
  readonly label: string;
  readonly message: string;
  readonly fieldKeys: readonly string[];
  readonly status: 'satisfied' | 'violated';
  readonly severity: Severity;
  readonly blocking: boolean;
}

export interface SupportingDocumentRequest {
  readonly key: string;
  readonly label: string;
  readonly requiredMode: 'required' | 'conditional' | 'recommended' | 'optional';
  readonly status: 'satisfied' | 'missing' | 'recommended';
  readonly likelyDocTypes: readonly string[];
  readonly message: string;
}

/** The static list shown on every authorization (contract 1.2): all rules, whether active or not. */
export interface SupportingDocumentGuidance {
  readonly key: string;
  readonly label: string;
  readonly requiredMode: 'required' | 'conditional' | 'recommended' | 'optional';
  readonly likelyDocTypes: readonly string[];
  readonly message: string;
  /** The condition in words, when the rule has one. */
  readonly appliesWhen?: string;
}

export interface MappingSummary {
  readonly sourceFormId: string;
  readonly sourceFormTitle: string;
  readonly requiredQuestionCount: number;
  readonly answeredRequiredQuestionCount: number;
  readonly enabledQuestionCount: number;
  readonly answeredQuestionCount: number;
  readonly mappedFieldCount: number;
  readonly unmappedFieldKeys: readonly string[];
}

/** Absence: something is missing. Conflict: what is present breaks a rule (contract 3.3). */
export interface Blocker {
  readonly kind: 'absence' | 'conflict';
  readonly issue: ValidationIssue;
}

export interface Evaluation {
  /** No blocking issue. Open actions of the case are the lifecycle's business, not the evaluation's. */
  readonly submittable: boolean;
  readonly validationIssues: readonly ValidationIssue[];
  readonly contextRequirements: readonly ContextRequirementState[];
  readonly questionStates: readonly QuestionStateView[];
  readonly activeRequirementGroups: readonly RequirementGroupState[];
  readonly supportingDocumentRequests: readonly SupportingDocumentRequest[];
  readonly mappingSummary: MappingSummary;
  readonly blockers: readonly Blocker[];
}
