import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileQuestionnaire, lintQuestionnaire } from './compile-questionnaire.ts';
import type { CompiledQuestionnaire } from './compiled-questionnaire.ts';
import { evaluateAnswers } from './evaluate-answers.ts';
import { initialAnswers } from './initial-answers.ts';
import { mergeAnswers } from './merge-answers.ts';
import type { AnswerValue, EnableWhen, QuestionnaireItem, ResponseItem } from './types.ts';

/** Plans from which a form is built: conditions may ask only items planned earlier, so none goes in a circle. */
interface Plan {
  readonly kind: 'boolean' | 'integer' | 'tags' | 'group' | 'rows';
  readonly parent: number;
  readonly asks: readonly { readonly target: number; readonly operator: number; readonly value: number }[];
  readonly any: boolean;
}

const plan: fc.Arbitrary<Plan> = fc.record({
  kind: fc.constantFrom('boolean', 'boolean', 'integer', 'tags', 'group', 'rows'),
  parent: fc.nat(20),
  asks: fc.array(fc.record({ target: fc.nat(20), operator: fc.nat(2), value: fc.nat(2) }), { maxLength: 2 }),
  any: fc.boolean(),
});

interface Building {
  readonly item: { -readonly [Name in keyof QuestionnaireItem]: QuestionnaireItem[Name] };
  readonly kind: Plan['kind'];
  readonly children: QuestionnaireItem[];
}

/** linkIds are `q<n>`, or a name every object has. */
function linkIdOf(index: number): string {
  return ['__proto__', 'constructor', 'toString'][index] ?? `q${index}`;
}

/** A form of these plans. Items stand in the reverse of the planned order, so that conditions look ahead and back. */
function buildForm(plans: readonly Plan[]): CompiledQuestionnaire {
  const built: Building[] = [];
  const roots: QuestionnaireItem[] = [];
  for (const [index, { kind, parent, asks, any }] of plans.entries()) {
    const enableWhen = asks
      .map((ask) => conditionOn(built[ask.target % Math.max(1, built.length)], ask))
      .filter((one) => one !== undefined);
    const above = built[parent % (built.length + 3)];
    const children: QuestionnaireItem[] = [];
    const item = {
      linkId: linkIdOf(index),
      type: kind === 'rows' ? 'group' : kind === 'tags' ? 'string' : kind,
      repeats: kind === 'rows' || kind === 'tags',
      enableBehavior: any ? ('any' as const) : ('all' as const),
      ...(enableWhen.length > 0 && { enableWhen }),
      item: children,
    };
    built.push({ item, kind, children });
    (above?.children ?? roots).unshift(item);
  }
  for (const { kind, children, item } of built) {
    if ((kind === 'group' || kind === 'rows') && children.length === 0)
      children.push({ linkId: `filler-${item.linkId}`, type: 'boolean' });
  }
  return compileQuestionnaire({ resourceType: 'Questionnaire', item: roots });
}

function conditionOn(
  target: Building | undefined,
  { operator, value }: Plan['asks'][number],
): EnableWhen | undefined {
  if (target === undefined || target.kind === 'group' || target.kind === 'rows') return undefined;
  const question = target.item.linkId;
  if (operator === 2) return { question, operator: 'exists', answerBoolean: value > 0 };
  const name = operator === 0 ? '=' : '!=';
  if (target.kind === 'boolean') return { question, operator: name, answerBoolean: value > 0 };
  if (target.kind === 'integer') return { question, operator: name, answerInteger: value };
  return { question, operator: name, answerString: String(value) };
}

// Building may put an item below one that asks it, which is a circle; such plans are not forms.
const form = fc
  .array(plan, { minLength: 1, maxLength: 12 })
  .map((plans) => {
    try {
      return buildForm(plans);
    } catch {
      return undefined;
    }
  })
  .filter((compiled) => compiled !== undefined);

/** A response of well-typed answers to some of the items, enabled or not. */
function responseTo(compiled: CompiledQuestionnaire, scope = 0): fc.Arbitrary<readonly ResponseItem[]> {
  const items = compiled.scopes[scope]?.items ?? [];
  const entries = items.map(
    ({ linkId, type, repeats, opens, kind }): fc.Arbitrary<readonly ResponseItem[]> => {
      const below = opens === undefined ? fc.constant([]) : responseTo(compiled, opens.index);
      if (kind === 'group') {
        const instance = below.map((item) => ({ linkId, item }));
        return repeats ? fc.array(instance, { maxLength: 3 }) : fc.constant([]);
      }
      const value: fc.Arbitrary<AnswerValue> =
        type === 'boolean'
          ? fc.boolean().map((valueBoolean) => ({ valueBoolean }))
          : type === 'integer'
            ? fc.nat(2).map((valueInteger) => ({ valueInteger }))
            : fc.nat(2).map((number) => ({ valueString: String(number) }));
      const answer = fc
        .tuple(value, below)
        .map(([one, item]) => (item.length === 0 ? one : { ...one, item }));
      return fc.array(answer, { maxLength: repeats ? 3 : 1 }).map((answers) => [{ linkId, answer: answers }]);
    },
  );
  return fc.tuple(...entries, fc.infiniteStream(fc.boolean())).map((all) => {
    // A tuple of differently typed members; the stream is the last.
    const chosen = all.at(-1) as fc.Stream<boolean>;
    const kept = all.slice(0, -1) as readonly (readonly ResponseItem[])[];
    return kept.filter(() => chosen.next().value).flat();
  });
}

const formWithResponses = form.chain((compiled) =>
  fc.tuple(fc.constant(compiled), fc.array(responseTo(compiled), { minLength: 1, maxLength: 6 })),
);

/** Takes out of a response what a merge says is not enabled, so that long sequences get somewhere. */
function mergeWhatIsEnabled(
  compiled: CompiledQuestionnaire,
  stored: readonly ResponseItem[],
  item: readonly ResponseItem[],
): readonly ResponseItem[] {
  const outcome = mergeAnswers(compiled, stored, { item });
  if (outcome.kind === 'merged') return outcome.answers;
  expect(outcome.kind).toBe('not_enabled');
  const refused = new Set(outcome.rejections.map(({ field }) => field.split('.')[2]?.split('[')[0]));
  const rest = item.filter(({ linkId }) => !refused.has(linkId));
  return rest.length === item.length ? stored : mergeWhatIsEnabled(compiled, stored, rest);
}

/** Paths of all answers in a stored list, as states spell them. */
function answeredPaths(items: readonly ResponseItem[], prefix = ''): readonly string[] {
  const seen = new Map<string, number>();
  return items.flatMap(({ linkId, answer, item }) => {
    if (answer === undefined) {
      const index = seen.get(linkId) ?? 0;
      seen.set(linkId, index + 1);
      return answeredPaths(item ?? [], `${prefix}${linkId}[${index}].`);
    }
    const below = answer.flatMap((one, index) =>
      answeredPaths(one.item ?? [], `${prefix}${linkId}[${index}].`),
    );
    return [prefix + linkId, ...below];
  });
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFreeze(member);
  }
  return value;
}

/** JSON that looks like FHIR: the member names and linkIds the engine reads, with anything in them. */
const memberNames = [
  'resourceType',
  'item',
  'items',
  'answer',
  'linkId',
  'type',
  'repeats',
  'required',
  'enableWhen',
].concat(
  [
    'question',
    'operator',
    'answerBoolean',
    'answerOption',
    'initial',
    'extension',
    'url',
    'answerValueSet',
    'contained',
  ],
  [
    'valueBoolean',
    'valueString',
    'valueCoding',
    'valueQuantity',
    'valueInteger',
    'code',
    'value',
    'compose',
    'include',
    '__proto__',
  ],
);
const { fhirLike } = fc.letrec<{ fhirLike: unknown }>((tie) => ({
  fhirLike: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.constantFrom(
      null,
      true,
      5,
      'q3',
      'q4',
      '__proto__',
      'group',
      'string',
      'choice',
      'Questionnaire',
      '=',
      '#s',
      '',
    ),
    fc.array(tie('fhirLike'), { maxLength: 4 }),
    fc.array(fc.tuple(fc.constantFrom(...memberNames), tie('fhirLike')), { maxLength: 6 }).map(fromEntries),
  ),
}));

/** As `JSON.parse` makes objects: `__proto__` is a member like any other. */
function fromEntries(entries: readonly (readonly [string, unknown])[]): unknown {
  return JSON.parse(
    `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`,
  );
}

const anyJson = fc.oneof(fhirLike, fc.jsonValue());

describe('after any sequence of merges', () => {
  it('no disabled question holds an answer, and no answer was made up', () => {
    fc.assert(
      fc.property(formWithResponses, ([compiled, responses]) => {
        let stored: readonly ResponseItem[] = [];
        for (const response of responses) {
          stored = mergeWhatIsEnabled(compiled, stored, response);
          const { states } = evaluateAnswers(compiled, stored);
          const enabled = states.filter((state) => state.enabled && state.answered).map(({ path }) => path);
          expect(answeredPaths(stored).toSorted()).toEqual(enabled.toSorted());
        }
      }),
      { numRuns: 300 },
    );
  });

  it('the same merge again changes nothing', () => {
    fc.assert(
      fc.property(formWithResponses, ([compiled, responses]) => {
        let stored: readonly ResponseItem[] = [];
        for (const item of responses) {
          const once = mergeAnswers(compiled, stored, { item });
          if (once.kind !== 'merged') continue;
          const twice = mergeAnswers(compiled, once.answers, { item });
          expect(twice).toEqual({ kind: 'merged', answers: once.answers, cleared: [], changed: [] });
          expect(JSON.stringify(twice.kind === 'merged' && twice.answers)).toBe(JSON.stringify(once.answers));
          stored = once.answers;
        }
      }),
      { numRuns: 300 },
    );
  });

  it('answers stand in the order of the form', () => {
    fc.assert(
      fc.property(formWithResponses, ([compiled, responses]) => {
        const rank = new Map(compiled.itemsInOrder.map(({ linkId }, index) => [linkId, index]));
        const check = (items: readonly ResponseItem[]): void => {
          const ranks = items.map(({ linkId }) => rank.get(linkId) ?? -1);
          expect(ranks).toEqual(ranks.toSorted((left, right) => left - right));
          for (const { item, answer } of items) {
            if (item !== undefined) check(item);
            for (const one of answer ?? []) check(one.item ?? []);
          }
        };
        for (const response of responses) check(mergeWhatIsEnabled(compiled, [], response.toReversed()));
      }),
      { numRuns: 200 },
    );
  });

  it('what changed is what differs', () => {
    fc.assert(
      fc.property(formWithResponses, ([compiled, responses]) => {
        let stored: readonly ResponseItem[] = [];
        for (const item of responses) {
          const outcome = mergeAnswers(compiled, stored, { item });
          if (outcome.kind !== 'merged') continue;
          const differs = JSON.stringify(outcome.answers) !== JSON.stringify(stored);
          expect([differs, outcome.changed]).toEqual([outcome.changed.length > 0, outcome.changed]);
          expect(outcome.changed).toEqual(expect.arrayContaining([...outcome.cleared]));
          stored = outcome.answers;
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('merges of different items that do not ask each other', () => {
  it('come to the same in either order', () => {
    const withoutConditions = fc
      .array(
        plan.map((one) => ({ ...one, asks: [] })),
        { minLength: 1, maxLength: 12 },
      )
      .map(buildForm);
    const withResponse = withoutConditions.chain((compiled) =>
      fc.tuple(fc.constant(compiled), responseTo(compiled), fc.nat()),
    );
    fc.assert(
      fc.property(withResponse, ([compiled, response, seed]) => {
        const side = (linkId: string): boolean =>
          ((seed >> ((linkId.length + linkId.charCodeAt(1)) % 16)) & 1) === 1;
        const left = response.filter(({ linkId }) => side(linkId));
        const right = response.filter(({ linkId }) => !side(linkId));
        const leftFirst = mergeWhatIsEnabled(compiled, mergeWhatIsEnabled(compiled, [], left), right);
        const rightFirst = mergeWhatIsEnabled(compiled, mergeWhatIsEnabled(compiled, [], right), left);
        expect(JSON.stringify(leftFirst)).toBe(JSON.stringify(rightFirst));
      }),
      { numRuns: 200 },
    );
  });
});

describe('enablement', () => {
  it('agrees with a plain reading of the rules on forms without repeating groups', () => {
    const flat = fc
      .array(
        plan.map((one) =>
          one.kind === 'rows' || one.kind === 'tags' ? { ...one, kind: 'boolean' as const } : one,
        ),
        { maxLength: 12, minLength: 1 },
      )
      .map((plans) => {
        try {
          return { compiled: buildForm(plans), plans };
        } catch {
          return undefined;
        }
      })
      .filter((built) => built !== undefined);
    const withResponse = flat.chain(({ compiled, plans }) =>
      fc.tuple(fc.constant(compiled), fc.constant(plans), responseTo(compiled)),
    );
    fc.assert(
      fc.property(withResponse, ([compiled, plans, response]) => {
        const answers = new Map(response.map(({ linkId, answer = [] }) => [linkId, answer]));
        const isEnabled = (index: number): boolean => {
          const { asks = [], any = false, parent = 0 } = plans[index] ?? {};
          const above = parent % (index + 3);
          if (above < index && !isEnabled(above)) return false;
          const results = asks.flatMap(({ target, operator, value }) => {
            const asked = target % Math.max(1, index);
            const { kind } = plans[asked] ?? {};
            if (index === 0 || kind === 'group') return [];
            const given = isEnabled(asked) ? (answers.get(linkIdOf(asked)) ?? []) : [];
            if (operator === 2) return [given.length > 0 === value > 0];
            const equal = given.some((one) =>
              kind === 'boolean' ? one.valueBoolean === value > 0 : one.valueInteger === value,
            );
            return [operator === 0 ? equal : !equal];
          });
          return results.length === 0 || (any ? results.includes(true) : !results.includes(false));
        };
        const evaluation = evaluateAnswers(compiled, response);
        const found = plans.map((_, index) => evaluation.isEnabled(linkIdOf(index)));
        expect(found).toEqual(plans.map((_, index) => isEnabled(index)));
      }),
      { numRuns: 500 },
    );
  });
});

describe('whatever JSON comes', () => {
  it('merging and evaluating never throw and touch nothing they were given', () => {
    fc.assert(
      fc.property(formWithResponses, anyJson, anyJson, ([compiled, responses], incoming, garbage) => {
        const stored = deepFreeze(mergeWhatIsEnabled(compiled, [], responses[0] ?? []));
        const before = JSON.stringify(stored);
        const outcome = mergeAnswers(compiled, stored, deepFreeze(incoming));
        if (outcome.kind !== 'merged') expect(outcome.rejections.length).toBeGreaterThan(0);
        expect(JSON.stringify(stored)).toBe(before);
        // What stands in the database is JSON of any shape.
        evaluateAnswers(compiled, deepFreeze(garbage) as readonly ResponseItem[]);
        mergeAnswers(compiled, garbage as readonly ResponseItem[], { item: garbage });
      }),
      { numRuns: 500 },
    );
  });

  it('linting never throws, and compiling throws only what lint reports', () => {
    const formLike = fhirLike.map((item) => ({ resourceType: 'Questionnaire', item }));
    fc.assert(
      fc.property(fc.oneof(anyJson, formLike), (source) => {
        const problems = lintQuestionnaire(source);
        if (problems.length > 0)
          expect(() => compileQuestionnaire(source)).toThrow('The questionnaire has problems');
        else initialAnswers(compileQuestionnaire(source));
      }),
      { numRuns: 1_000 },
    );
  });

  it('a refused merge names its faults and gives no answers', () => {
    fc.assert(
      fc.property(formWithResponses, ([compiled, responses]) => {
        for (const item of responses) {
          const outcome = mergeAnswers(compiled, [], deepFreeze({ item }));
          if (outcome.kind === 'merged') continue;
          expect(outcome.kind).toBe('not_enabled');
          expect('answers' in outcome).toBe(false);
          expect(outcome.rejections.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 200 },
    );
  });
});
