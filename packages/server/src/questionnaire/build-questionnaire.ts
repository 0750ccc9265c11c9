import type {
  AnswerCheck,
  CompiledItem,
  CompiledQuestionnaire,
  Condition,
  OptionSet,
  Scope,
} from './compiled-questionnaire.ts';
import type { DraftCondition } from './enable-when.ts';
import type { ItemExtensions } from './item-extensions.ts';
import { isQuestionType, type ValueKey } from './item-types.ts';
import { isReadOnly } from './lint-items.ts';
import type { DraftItem, DraftQuestionnaire } from './read-definition.ts';
import type { AnswerValue, Coding, DefinitionProblem } from './types.ts';

/** One item with everything but its place in the form. */
export interface CheckedItem {
  readonly item: DraftItem;
  readonly extensions: ItemExtensions;
  readonly options: OptionSet | undefined;
  readonly units: readonly Coding[];
  readonly valueKeys: readonly ValueKey[];
  readonly checks: readonly AnswerCheck[];
  readonly initial: readonly AnswerValue[];
}

type Building<T> = { -readonly [Name in keyof T]: T[Name] };
type BuildingItem = Building<Omit<CompiledItem, 'children' | 'conditions'>> & {
  readonly children: CompiledItem[];
  readonly conditions: Condition[];
};
type BuildingScope = Building<Omit<Scope, 'items'>> & { readonly items: CompiledItem[] };

interface Assembly {
  readonly checked: ReadonlyMap<DraftItem, CheckedItem>;
  readonly items: Map<DraftItem, BuildingItem>;
  readonly scopes: BuildingScope[];
}

/** Places checked items in their scopes and works out the way from each condition to its question's answers. */
export function buildQuestionnaire(
  draft: DraftQuestionnaire,
  checked: ReadonlyMap<DraftItem, CheckedItem>,
  conditions: ReadonlyMap<DraftItem, readonly DraftCondition[]>,
  order: readonly DraftItem[],
  notices: readonly DefinitionProblem[],
): CompiledQuestionnaire {
  const assembly: Assembly = { checked, items: new Map(), scopes: [] };
  const root = openScope(assembly, undefined, undefined);
  const items = draft.items.map((item) => buildItem(assembly, item, undefined, root));
  for (const [draftItem, item] of assembly.items) {
    for (const condition of conditions.get(draftItem) ?? []) {
      const question = assembly.items.get(condition.question);
      if (question !== undefined) item.conditions.push(placeCondition(item, question, condition));
    }
  }
  const itemsInOrder = [...assembly.items.values()];
  const { url, version, title } = draft.raw;
  return {
    ...(typeof url === 'string' ? { url } : {}),
    ...(typeof version === 'string' ? { version } : {}),
    ...(typeof title === 'string' ? { title } : {}),
    items,
    itemsInOrder,
    questionsInOrder: itemsInOrder.filter(({ kind }) => kind === 'question'),
    itemByLinkId: new Map(itemsInOrder.map((item) => [item.linkId, item])),
    notices,
    dependencyOrder: order.map((item) => assembly.items.get(item)).filter((item) => item !== undefined),
    scopes: assembly.scopes,
  };
}

function openScope(
  assembly: Assembly,
  opener: CompiledItem | undefined,
  parent: Scope | undefined,
): BuildingScope {
  const depth = parent === undefined ? 0 : parent.depth + 1;
  const scope: BuildingScope = { index: assembly.scopes.length, opener, parent, depth, items: [] };
  assembly.scopes.push(scope);
  return scope;
}

function buildItem(
  assembly: Assembly,
  draft: DraftItem,
  parent: CompiledItem | undefined,
  scope: BuildingScope,
): CompiledItem {
  const item = makeItem(draft, assembly.checked.get(draft), parent, scope);
  scope.items.push(item);
  assembly.items.set(draft, item);
  const inner = item.repeats && draft.children.length > 0 ? openScope(assembly, item, scope) : undefined;
  item.opens = inner;
  for (const child of draft.children) item.children.push(buildItem(assembly, child, item, inner ?? scope));
  item.end = scope.items.length;
  return item;
}

function makeItem(
  draft: DraftItem,
  checked: CheckedItem | undefined,
  parent: CompiledItem | undefined,
  scope: Scope,
): BuildingItem {
  const { linkId, type, prefix, maxLength } = draft;
  const { minOccurs = 0, maxOccurs = Number.POSITIVE_INFINITY, hidden = false } = checked?.extensions ?? {};
  const required = draft.required || minOccurs > 0;
  return {
    linkId,
    type,
    text: draft.text ?? linkId,
    ...(prefix === undefined ? {} : { prefix }),
    kind: isQuestionType(type) ? 'question' : type === 'group' ? 'group' : 'display',
    parent,
    children: [],
    ancestors: parent === undefined ? [] : [...parent.ancestors, parent.linkId],
    required,
    repeats: draft.repeats,
    minOccurs: Math.max(minOccurs, required ? 1 : 0),
    maxOccurs,
    readOnly: isReadOnly(draft),
    hidden,
    ...(maxLength === undefined ? {} : { maxLength }),
    valueKeys: checked?.valueKeys ?? [],
    ...(checked?.options === undefined ? {} : { options: checked.options }),
    units: checked?.units ?? [],
    initial: checked?.initial ?? [],
    conditions: [],
    enableBehavior: draft.enableBehavior ?? 'all',
    checks: checked?.checks ?? [],
    scope,
    position: scope.items.length,
    end: scope.items.length + 1,
    opens: undefined,
  };
}

/**
 * R4: a condition asks the nearest occurrence of its question. From the item's own instance that is: the answer the
 * item stands below; else the instance around it that holds the question; else every instance below the nearest
 * one that encloses both.
 */
function placeCondition(item: CompiledItem, question: CompiledItem, draft: DraftCondition): Condition {
  const { negated } = draft;
  const common = { question, negated, matches: draft.matches };
  const own = ancestorScopes(item.scope).find((scope) => scope.opener === question);
  if (own !== undefined)
    return { ...common, climb: item.scope.depth - own.depth, descend: [], ownAnswer: true };
  const around = ancestorScopes(item.scope);
  const below: Scope[] = [];
  let meeting = question.scope;
  while (!around.includes(meeting)) {
    below.unshift(meeting);
    // The root is an ancestor of every scope, so the climb ends there at the latest.
    meeting = meeting.parent as Scope;
  }
  return {
    ...common,
    climb: item.scope.depth - meeting.depth,
    descend: below.map((scope) => scope.opener?.position ?? 0),
    ownAnswer: false,
  };
}

/** The scope itself first, the root last. */
function ancestorScopes(scope: Scope): readonly Scope[] {
  const scopes: Scope[] = [];
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) scopes.push(at);
  return scopes;
}
