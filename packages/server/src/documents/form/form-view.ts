/** A form as it will be read, before anything is measured: plain text in reading order. */
export interface FormView {
  readonly title: string;
  readonly payerName: string;
  readonly caseId: string;
  /** Printed large when set. */
  readonly urgency?: string;
  /** Small lines under the title: template, version, time. */
  readonly origin: readonly string[];
  /** Set on a form that is not the payer's own. */
  readonly notice?: string;
  readonly cards: readonly Card[];
  readonly blocks: readonly FormBlock[];
}

export interface Card {
  readonly title: string;
  readonly entries: readonly CardEntry[];
}

export interface CardEntry {
  readonly label: string;
  readonly value: string;
}

/** `depth` counts the enclosing groups and questions; 0 at the top. */
export type FormBlock =
  | { readonly kind: 'section'; readonly depth: number; readonly text: string }
  | { readonly kind: 'instance'; readonly depth: number; readonly text: string }
  | { readonly kind: 'note'; readonly depth: number; readonly text: string }
  | { readonly kind: 'question'; readonly depth: number; readonly text: string; readonly answer: AnswerView };

export type AnswerView =
  | { readonly kind: 'empty' }
  | { readonly kind: 'lines'; readonly lines: readonly string[] }
  | { readonly kind: 'options'; readonly options: readonly OptionView[] };

export interface OptionView {
  readonly label: string;
  readonly checked: boolean;
}
