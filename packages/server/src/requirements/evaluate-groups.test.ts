import { describe, expect, test } from 'vitest';
import type { QuestionnaireItem } from '../questionnaire/types.ts';
import { evaluate } from './evaluate.ts';
import { exampleCase } from './example-case-data.ts';
import type { RequirementGroup } from './rules.ts';
import { answer, makeTemplate } from './template-for-tests.ts';

const items: readonly QuestionnaireItem[] = [
  { linkId: 'on', text: 'On', type: 'boolean' },
  { linkId: 'a', text: 'A', type: 'string' },
  { linkId: 'b', text: 'B', type: 'string' },
  {
    linkId: 'c',
    text: 'C',
    type: 'string',
    enableWhen: [{ question: 'on', operator: '=', answerBoolean: true }],
  },
];

function groupOf(kind: RequirementGroup['kind'], part: Partial<RequirementGroup> = {}): RequirementGroup {
  const fieldKeys = ['questionnaire.a', 'questionnaire.b', 'questionnaire.c'];
  return { id: 'g', kind, label: 'G', message: 'Mind the group.', fieldKeys, ...part };
}

function judge(group: RequirementGroup, answers: Readonly<Record<string, string | boolean>>) {
  const template = makeTemplate(items, { requirementGroups: [group] });
  const evaluation = evaluate(template, exampleCase, answer(answers), []);
  const [state] = evaluation.activeRequirementGroups;
  const blocker = evaluation.blockers.find(({ issue }) => issue.code === 'group_violated');
  return {
    evaluation,
    state,
    status: state?.status ?? 'inactive',
    kind: blocker?.kind,
    issue: blocker?.issue,
  };
}

const field = (linkId: string): string => `questionnaireResponse.items.${linkId}`;

type Row = [RequirementGroup['kind'], string, string, string?, string?];

/** Answered members, then status, class of the blocker and the field it points at. */
const truth: Row[] = [
  ['required', '', 'violated', 'absence', 'a'],
  ['required', 'a', 'violated', 'absence', 'b'],
  ['required', 'ab', 'violated', 'absence', 'c'],
  ['required', 'abc', 'satisfied'],
  ['at_least_one', '', 'violated', 'absence', 'a'],
  ['at_least_one', 'b', 'satisfied'],
  ['at_least_one', 'abc', 'satisfied'],
  ['exactly_one', '', 'violated', 'absence', 'a'],
  ['exactly_one', 'c', 'satisfied'],
  ['exactly_one', 'bc', 'violated', 'conflict', 'c'],
  ['exactly_one', 'abc', 'violated', 'conflict', 'b'],
  ['all_or_none', '', 'satisfied'],
  ['all_or_none', 'b', 'violated', 'conflict', 'a'],
  ['all_or_none', 'ab', 'violated', 'conflict', 'c'],
  ['all_or_none', 'abc', 'satisfied'],
  ['mutually_exclusive', '', 'satisfied'],
  ['mutually_exclusive', 'b', 'satisfied'],
  ['mutually_exclusive', 'ac', 'violated', 'conflict', 'c'],
];

describe('a requirement group', () => {
  test.each<Row>(truth)(
    'of kind %s with answers to "%s" is %s (%s)',
    (kind, answered, status, blocker, subject) => {
      const given = Object.fromEntries([...answered].map((linkId) => [linkId, 'x']));
      const judged = judge(groupOf(kind), { on: true, ...given });
      expect([judged.status, judged.kind]).toEqual([status, blocker]);
      expect(judged.issue?.field).toBe(subject === undefined ? undefined : field(subject));
      expect(judged.evaluation.submittable).toBe(status === 'satisfied');
    },
  );

  test('leaves out members that are disabled, stale answers included', () => {
    expect(judge(groupOf('required'), { a: 'x', b: 'x' }).status).toBe('satisfied');
    expect(judge(groupOf('exactly_one'), { a: 'x', c: 'stale' }).status).toBe('satisfied');
    expect(judge(groupOf('all_or_none'), { a: 'x', b: 'x', on: false }).status).toBe('satisfied');
  });

  test('is not listed while no member is enabled', () => {
    const group = groupOf('required', { fieldKeys: ['questionnaire.c'] });
    expect(judge(group, {}).status).toBe('inactive');
    expect(judge(group, { on: true }).status).toBe('violated');
  });

  test('is not listed while its guard does not hold', () => {
    const group = groupOf('at_least_one', { when: { key: 'questionnaire.on', operator: '=', value: true } });
    expect(judge(group, {}).status).toBe('inactive');
    expect(judge(group, { on: true }).status).toBe('violated');
  });

  test('of kind conditional makes its questions required while the condition holds', () => {
    const when = {
      key: 'context.providers.prescribing.specialty',
      operator: '=',
      value: 'hematologist',
    } as const;
    const group = groupOf('conditional', { when, fieldKeys: ['questionnaire.a', 'questionnaire.c'] });
    const { evaluation, kind, issue } = judge(group, {});
    const states = evaluation.questionStates.map(({ linkId, required, blocking }) => [
      linkId,
      required,
      blocking,
    ]);
    expect(states).toEqual([
      ['on', false, false],
      ['a', true, true],
      ['b', false, false],
      ['c', false, false],
    ]);
    expect([kind, issue?.field, issue?.relatedKeys]).toEqual(['absence', field('a'), ['questionnaire.a']]);
    expect(evaluation.mappingSummary.requiredQuestionCount).toBe(1);
    const other = evaluate(
      makeTemplate(items, { requirementGroups: [group] }),
      { ...exampleCase, providers: [] },
      [],
      [],
    );
    expect(other.questionStates.some(({ required }) => required)).toBe(false);
  });

  test('takes case data as members, which are always enabled', () => {
    const group = groupOf('at_least_one', {
      fieldKeys: ['context.siteOfCare', 'context.locations.servicing.npi'],
    });
    expect(judge(group, {}).issue).toMatchObject({ field: 'siteOfCare', relatedKeys: group.fieldKeys });
    const present = groupOf('exactly_one', {
      fieldKeys: ['context.coverage.groupNumber', 'context.siteOfCare'],
    });
    expect(judge(present, {}).status).toBe('satisfied');
  });

  test('that only warns does not block, and requires nothing', () => {
    const { evaluation, state, kind } = judge(groupOf('required', { severity: 'warning' }), {});
    expect([state?.status, state?.blocking, kind, evaluation.submittable]).toEqual([
      'violated',
      false,
      undefined,
      true,
    ]);
    expect(evaluation.validationIssues).toMatchObject([
      { code: 'group_violated', severity: 'warning', blocking: false },
    ]);
    expect(evaluation.questionStates.some(({ required }) => required)).toBe(false);
  });

  test('may warn and block, or be an error that does not', () => {
    expect(
      judge(groupOf('required', { severity: 'warning', blocking: true }), {}).evaluation.submittable,
    ).toBe(false);
    expect(judge(groupOf('required', { blocking: false }), {}).evaluation.submittable).toBe(true);
  });

  test('inside a repeating group asks for every instance', () => {
    const repeating: QuestionnaireItem[] = [
      {
        linkId: 'therapy',
        text: 'Therapy',
        type: 'group',
        repeats: true,
        item: [
          { linkId: 'drug', text: 'Drug', type: 'string' },
          { linkId: 'outcome', text: 'Outcome', type: 'string' },
        ],
      },
    ];
    const group = groupOf('required', { fieldKeys: ['questionnaire.outcome'] });
    const template = makeTemplate(repeating, { requirementGroups: [group] });
    const instance = (outcome?: string) => ({
      linkId: 'therapy',
      item: [
        { linkId: 'drug', answer: [{ valueString: 'x' }] },
        ...(outcome === undefined ? [] : [{ linkId: 'outcome', answer: [{ valueString: outcome }] }]),
      ],
    });
    const half = evaluate(template, exampleCase, [instance('none'), instance()], []);
    expect(half.validationIssues.map((issue) => issue.field)).toEqual([field('therapy[1].outcome')]);
    expect(evaluate(template, exampleCase, [instance('none'), instance('some')], []).submittable).toBe(true);
    expect(evaluate(template, exampleCase, [], []).activeRequirementGroups).toEqual([]);
  });

  test('does not ask for the instances in which the question is disabled', () => {
    const failed = { question: 'failed', operator: '=', answerBoolean: true } as const;
    const inner: QuestionnaireItem[] = [
      { linkId: 'failed', text: 'Failed', type: 'boolean' },
      { linkId: 'why', text: 'Why', type: 'string', enableWhen: [failed] },
    ];
    const therapy: QuestionnaireItem = {
      linkId: 'therapy',
      text: 'Therapy',
      type: 'group',
      repeats: true,
      item: inner,
    };
    const group = groupOf('required', { fieldKeys: ['questionnaire.why'] });
    const template = makeTemplate([therapy], { requirementGroups: [group] });
    const worked = { linkId: 'therapy', item: answer({ failed: false }) };
    const explained = { linkId: 'therapy', item: answer({ failed: true, why: 'x' }) };
    const unexplained = { linkId: 'therapy', item: answer({ failed: true }) };
    expect(evaluate(template, exampleCase, [worked, explained], []).submittable).toBe(true);
    expect(evaluate(template, exampleCase, [worked, unexplained], []).validationIssues).toMatchObject([
      { field: field('therapy[1].why') },
    ]);
  });
});
