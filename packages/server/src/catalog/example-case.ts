import type { AttachmentFact, CaseData } from '../requirements/case-data.ts';

/** One file of a template's `cases` folder: an input, and what must come of it. */
export interface ExampleCase {
  readonly name: string;
  readonly case: CaseData;
  /** What a client would send as `questionnaireResponse`; a list is sent one after the other. */
  readonly answers?: object | readonly object[];
  readonly attachments?: readonly ExampleAttachment[];
  readonly expect: Expectation;
}

export interface ExampleAttachment extends Partial<AttachmentFact> {
  readonly label: string;
}

export interface ExpectedIssue {
  readonly field: string;
  readonly code: string;
}

/** Only what is named is checked. */
export interface Expectation {
  readonly submittable?: boolean;
  readonly enabled?: readonly string[];
  readonly disabled?: readonly string[];
  /** Enabled and required, by the form or by a group. */
  readonly required?: readonly string[];
  readonly notRequired?: readonly string[];
  /** Exactly these, warnings included, in any order. */
  readonly issues?: readonly ExpectedIssue[];
  readonly issuesInclude?: readonly ExpectedIssue[];
  /** By id or key; `inactive` means not listed. */
  readonly groups?: Readonly<Record<string, string>>;
  readonly documents?: Readonly<Record<string, string>>;
  readonly context?: Readonly<Record<string, string>>;
  /** linkIds the last answers dropped because their items became disabled; exactly these, in any order. */
  readonly cleared?: readonly string[];
  /** The last answers are refused, and the rest is checked against those before. */
  readonly rejected?: {
    readonly kind: 'not_enabled' | 'invalid';
    readonly rejections?: readonly ExpectedIssue[];
  };
}
