/**
 * The FHIR R4 words this room speaks: Questionnaire as it arrives, answers as they are stored.
 * Source: FHIR R4 (4.0.1) Questionnaire, QuestionnaireResponse, ValueSet.
 */

export interface Coding {
  readonly system?: string;
  readonly version?: string;
  readonly code?: string;
  readonly display?: string;
}

export interface Quantity {
  readonly value?: number;
  readonly comparator?: string;
  readonly unit?: string;
  readonly system?: string;
  readonly code?: string;
}

/**
 * An uploaded file given as an answer. `url` holds the file id of the files API (`file_…`); the caller that
 * merges answers fills in `contentType`, `size` (bytes) and `title` from its own record before merging, so
 * that `mimeType` and `maxSize` are judged on facts and not on the client's word.
 */
export interface AttachmentValue {
  readonly url: string;
  readonly contentType?: string;
  readonly size?: number;
  readonly title?: string;
}

/** Exactly one `value[x]` key is present. FHIR R4 QuestionnaireResponse.item.answer.value[x]. */
export interface AnswerValue {
  readonly valueBoolean?: boolean;
  readonly valueInteger?: number;
  readonly valueDecimal?: number;
  readonly valueDate?: string;
  readonly valueDateTime?: string;
  readonly valueTime?: string;
  readonly valueString?: string;
  readonly valueUri?: string;
  readonly valueCoding?: Coding;
  readonly valueQuantity?: Quantity;
  readonly valueAttachment?: AttachmentValue;
}

/** An answer; `item` holds child items only below a *repeating* question (see `ResponseItem`). */
export interface ResponseAnswer extends AnswerValue {
  readonly item?: readonly ResponseItem[];
}

/**
 * One entry of the canonical, flat answer list that is stored and emitted (contract prior-auth.md, 5.2):
 * - a question outside any repeating scope stands at the root, whatever groups enclose it;
 * - each instance of a repeating group is one entry with `item` (entries of one linkId stay in order);
 * - children of a repeating question stand in `answer[].item`; children of a single question stand flat.
 */
export interface ResponseItem {
  readonly linkId: string;
  readonly answer?: readonly ResponseAnswer[];
  readonly item?: readonly ResponseItem[];
}

export interface Extension {
  readonly url: string;
  readonly [value: string]: unknown;
}

export type ItemType =
  | 'group'
  | 'display'
  | 'boolean'
  | 'integer'
  | 'decimal'
  | 'date'
  | 'dateTime'
  | 'time'
  | 'string'
  | 'text'
  | 'url'
  | 'choice'
  | 'open-choice'
  | 'quantity'
  | 'attachment';

export interface EnableWhen {
  readonly question: string;
  readonly operator: 'exists' | '=' | '!=' | '>' | '<' | '>=' | '<=';
  readonly [answer: string]: unknown;
}

export interface AnswerOption {
  readonly valueInteger?: number;
  readonly valueDate?: string;
  readonly valueTime?: string;
  readonly valueString?: string;
  readonly valueCoding?: Coding;
  readonly initialSelected?: boolean;
  readonly extension?: readonly Extension[];
}

export interface QuestionnaireItem {
  readonly linkId: string;
  readonly text?: string;
  readonly prefix?: string;
  readonly type: string;
  readonly required?: boolean;
  readonly repeats?: boolean;
  readonly readOnly?: boolean;
  readonly maxLength?: number;
  readonly enableWhen?: readonly EnableWhen[];
  readonly enableBehavior?: 'all' | 'any';
  readonly answerOption?: readonly AnswerOption[];
  readonly answerValueSet?: string;
  readonly initial?: readonly AnswerValue[];
  readonly extension?: readonly Extension[];
  readonly item?: readonly QuestionnaireItem[];
}

export interface ValueSet {
  readonly resourceType: 'ValueSet';
  readonly id?: string;
  readonly url?: string;
  readonly version?: string;
  readonly compose?: unknown;
  readonly expansion?: { readonly contains?: readonly ValueSetContains[] };
}

export interface ValueSetContains extends Coding {
  readonly abstract?: boolean;
  readonly contains?: readonly ValueSetContains[];
}

export interface Questionnaire {
  readonly resourceType: 'Questionnaire';
  readonly id?: string;
  readonly url?: string;
  readonly version?: string;
  readonly title?: string;
  readonly status?: string;
  readonly contained?: readonly unknown[];
  readonly extension?: readonly Extension[];
  readonly item?: readonly QuestionnaireItem[];
  readonly [element: string]: unknown;
}

/** What is wrong with a questionnaire, where, and how to mend it. `path` is a JSON path such as `item[0].item[2].enableWhen[0]`. */
export interface DefinitionProblem {
  readonly path: string;
  readonly message: string;
  readonly mend: string;
}

/** A refused write: nothing of the merge is kept. */
export interface AnswerRejection {
  /** `questionnaireResponse.items.<linkId>`, inside repeating groups `questionnaireResponse.items.<group>[1].<linkId>`. */
  readonly field: string;
  readonly code:
    | 'invalid_type'
    | 'unknown_link_id'
    | 'not_enabled'
    | 'too_big'
    | 'immutable_field'
    | 'duplicate_link_id';
  readonly message: string;
}

export type MergeOutcome =
  | {
      readonly kind: 'merged';
      readonly answers: readonly ResponseItem[];
      /** linkIds whose stored answers were dropped because their item became disabled, in questionnaire order. */
      readonly cleared: readonly string[];
      /** linkIds whose stored answers differ from before, cleared ones included, in questionnaire order. */
      readonly changed: readonly string[];
    }
  /** `not_enabled` only when every structural check passed; maps to the contract's `questionnaire_item_not_enabled`. */
  | { readonly kind: 'invalid' | 'not_enabled'; readonly rejections: readonly AnswerRejection[] };

/** The state of one question (groups and displays have none), one per instance inside repeating scopes. */
export interface QuestionState {
  readonly linkId: string;
  /** `<linkId>` at the root, `<group>[0].<linkId>` inside an instance. */
  readonly path: string;
  readonly enabled: boolean;
  readonly required: boolean;
  readonly answered: boolean;
}

export type AnswerIssueCode = 'required' | 'invalid_format' | 'invalid_option' | 'out_of_range';
export type AnswerRule = 'required' | 'format' | 'value_set' | 'range';

/** A rule the present answers break (or an absent required one). All of them block a submit. */
export interface AnswerIssue {
  readonly linkId: string;
  readonly path: string;
  readonly code: AnswerIssueCode;
  readonly ruleType: AnswerRule;
  readonly message: string;
}

export interface AnswersEvaluation {
  readonly states: readonly QuestionState[];
  readonly issues: readonly AnswerIssue[];
  /** Answers of every *enabled* occurrence of a linkId, in order; empty when disabled or unanswered. */
  answersOf(linkId: string): readonly AnswerValue[];
  /** True when at least one occurrence of the item is enabled. Groups and displays included. */
  isEnabled(linkId: string): boolean;
}
