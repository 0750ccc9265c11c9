import type { ValueKey } from './item-types.ts';
import type {
  AnswerIssueCode,
  AnswerRule,
  AnswerValue,
  Coding,
  DefinitionProblem,
  ItemType,
  ResponseAnswer,
} from './types.ts';

/**
 * A questionnaire checked and indexed once, to be used many times. Made by `compileQuestionnaire`; immutable, and
 * safe to share between requests.
 */
export interface CompiledQuestionnaire {
  readonly url?: string;
  readonly version?: string;
  readonly title?: string;
  /** Top-level items; the tree goes on in `children`. */
  readonly items: readonly CompiledItem[];
  /** Every item, groups and displays included, in the order of the form. */
  readonly itemsInOrder: readonly CompiledItem[];
  /** Questions only, in the order of the form. */
  readonly questionsInOrder: readonly CompiledItem[];
  readonly itemByLinkId: ReadonlyMap<string, CompiledItem>;
  /** Rules the form carries and this engine does not evaluate, and conditions that can never hold. No errors. */
  readonly notices: readonly DefinitionProblem[];
  /** Items so ordered that each comes after its parent and after every question its conditions ask. */
  readonly dependencyOrder: readonly CompiledItem[];
  /** All scopes; the first is the root. */
  readonly scopes: readonly Scope[];
}

/**
 * A place answers are kept: the root, one instance of a repeating group, or one answer of a repeating question that
 * has children. Non-repeating groups and questions open none: what stands below them belongs to the scope around.
 */
export interface Scope {
  readonly index: number;
  /** The repeating group or question that opens it; undefined for the root. */
  readonly opener: CompiledItem | undefined;
  readonly parent: Scope | undefined;
  readonly depth: number;
  /** Items of this scope in the order of the form, items of inner scopes left out. */
  readonly items: readonly CompiledItem[];
}

export interface CompiledItem {
  readonly linkId: string;
  /** The item's text, or its linkId when it has none. */
  readonly text: string;
  readonly prefix?: string;
  readonly type: ItemType;
  readonly kind: 'group' | 'question' | 'display';
  readonly parent: CompiledItem | undefined;
  readonly children: readonly CompiledItem[];
  /** linkIds of all ancestors, outermost first. */
  readonly ancestors: readonly string[];
  /** True when the item must be answered while it is enabled: `required`, or minOccurs of 1 or more. */
  readonly required: boolean;
  readonly repeats: boolean;
  readonly minOccurs: number;
  readonly maxOccurs: number;
  /** Own or inherited from an enclosing group. */
  readonly readOnly: boolean;
  /** questionnaire-hidden: not shown, but enabled, writable and kept. */
  readonly hidden: boolean;
  readonly maxLength?: number;
  /** The `value[x]` members an answer may have; empty for groups and displays. */
  readonly valueKeys: readonly ValueKey[];
  readonly options?: OptionSet;
  /** Units a quantity may be given in; for numbers, the one unit they are counted in. Empty when free. */
  readonly units: readonly Coding[];
  readonly initial: readonly AnswerValue[];
  readonly conditions: readonly Condition[];
  readonly enableBehavior: 'all' | 'any';
  /** Rules over the answers present; the count rules (required, minOccurs) are not among them. */
  readonly checks: readonly AnswerCheck[];
  /** The scope it stands in, and where in `scope.items`. */
  readonly scope: Scope;
  readonly position: number;
  /** Position after its last descendant in the same scope. */
  readonly end: number;
  /** The scope it opens, when it repeats and has children (a group always does). */
  readonly opens: Scope | undefined;
}

export interface OptionSet {
  readonly list: readonly CompiledOption[];
  /** open-choice: free text is as good as an option. */
  readonly open: boolean;
  find(answer: AnswerValue): CompiledOption | undefined;
}

export interface CompiledOption {
  readonly value: AnswerValue;
  /** What a person reads: the display, else the code or value. */
  readonly label: string;
  readonly exclusive: boolean;
  readonly initialSelected: boolean;
}

/** One enableWhen entry with the way from the item to its question worked out. */
export interface Condition {
  readonly question: CompiledItem;
  /** Scopes to climb from the item's own instance. */
  readonly climb: number;
  /** Positions of the scope openers to descend through after the climb; every instance on the way counts. */
  readonly descend: readonly number[];
  /** The item stands below one answer of the repeating question it asks: that answer alone counts. */
  readonly ownAnswer: boolean;
  /** Holds when some answer matches, or, negated, when none does. */
  readonly negated: boolean;
  matches(answer: AnswerValue): boolean;
}

export interface AnswerCheck {
  readonly code: AnswerIssueCode;
  readonly ruleType: AnswerRule;
  /** Plain English; names the item, never the answer. */
  readonly message: string;
  isBrokenBy(answers: readonly ResponseAnswer[]): boolean;
}
