import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { QuestionnaireItem, ResponseItem } from '../questionnaire/types.ts';
import type { AttachmentFact } from './case-data.ts';
import { supportingDocumentationGuidance } from './compile-requirements.ts';
import { evaluate } from './evaluate.ts';
import { exampleCase } from './example-case-data.ts';
import type { ContextRequirement, SupportingDocumentRule } from './rules.ts';
import { answer, makeTemplate, type RuleLists } from './template-for-tests.ts';

const items: readonly QuestionnaireItem[] = [
  {
    linkId: 'request',
    text: 'Request details',
    type: 'group',
    item: [
      {
        linkId: 'request_type',
        text: 'Request type',
        type: 'choice',
        required: true,
        answerOption: [
          { valueCoding: { code: 'start_of_treatment' } },
          { valueCoding: { code: 'continuation' } },
        ],
      },
      { linkId: 'acknowledgment_date', text: 'Acknowledgment date', type: 'date', required: true },
      {
        linkId: 'last_dose',
        text: 'Last dose',
        type: 'date',
        required: true,
        enableWhen: [{ question: 'request_type', operator: '=', answerCoding: { code: 'continuation' } }],
      },
    ],
  },
];

const prescriber: ContextRequirement = {
  key: 'context.providers.prescribing',
  label: 'Prescribing provider',
  requiredMode: 'required',
  paths: ['providers[role=prescribing].firstName', 'providers[role=prescribing].identifiers[npi]'],
  message: 'This form needs a prescribing provider.',
};

const note: SupportingDocumentRule = {
  key: 'questionnaire.request_type',
  label: 'Clinical documentation',
  requiredMode: 'recommended',
  likelyDocTypes: ['clinical_note'],
  message: 'Clinical documentation usually accompanies this request.',
};

const start = { request_type: { valueCoding: { code: 'start_of_treatment' } } };
const complete = { ...start, acknowledgment_date: { valueDate: '2026-03-13' } };

function run(
  rules: RuleLists,
  answers: readonly ResponseItem[] = answer(complete),
  attachments: readonly AttachmentFact[] = [],
) {
  return evaluate(makeTemplate(items, rules), exampleCase, answers, attachments);
}

function attach(part: Partial<AttachmentFact> = {}): AttachmentFact {
  return {
    id: 'att_1',
    label: 'Note',
    fileName: 'note.pdf',
    mimeType: 'application/pdf',
    documentTypes: [],
    ...part,
  };
}

test('gives the preview of the contract for its example', () => {
  const requirementGroups = [
    {
      id: 'acknowledgment-date-required',
      kind: 'required' as const,
      label: 'Acknowledgment date',
      message: 'Give the acknowledgment date first.',
      fieldKeys: ['questionnaire.acknowledgment_date'],
    },
  ];
  const evaluation = run(
    { contextRequirements: [prescriber], requirementGroups, supportingDocuments: [note] },
    answer(start),
  );
  expect(evaluation).toMatchObject({
    submittable: false,
    contextRequirements: [{ ...prescriber, status: 'satisfied', blocking: true }],
    activeRequirementGroups: [
      { ...requirementGroups[0], status: 'violated', severity: 'error', blocking: true },
    ],
    supportingDocumentRequests: [{ ...note, status: 'recommended' }],
    mappingSummary: {
      sourceFormId: 'form-1',
      sourceFormTitle: 'Form 1',
      requiredQuestionCount: 2,
      answeredRequiredQuestionCount: 1,
      enabledQuestionCount: 2,
      answeredQuestionCount: 1,
      mappedFieldCount: 3,
      unmappedFieldKeys: [],
    },
  });
  expect(evaluation.validationIssues).toMatchObject([
    {
      field: 'questionnaireResponse.items.acknowledgment_date',
      code: 'required',
      severity: 'error',
      blocking: true,
      ruleType: 'required',
      relatedKeys: ['questionnaire.acknowledgment_date'],
    },
  ]);
  expect(evaluation.blockers.map(({ kind }) => kind)).toEqual(['absence']);
  expect(evaluation.questionStates.map(({ key, blocking }) => [key, blocking])).toEqual([
    ['questionnaire.request_type', false],
    ['questionnaire.acknowledgment_date', true],
    ['questionnaire.last_dose', false],
  ]);
});

test('calls a wrong answer a conflict and a missing one an absence', () => {
  const evaluation = run({}, answer({ request_type: { valueCoding: { code: 'renewal' } } }));
  expect(evaluation.blockers.map(({ kind, issue }) => [kind, issue.code])).toEqual([
    ['conflict', 'invalid_option'],
    ['absence', 'required'],
  ]);
});

describe('a context requirement', () => {
  const check = (part: Partial<ContextRequirement>, providers = exampleCase.providers) => {
    const rules = { contextRequirements: [{ ...prescriber, ...part }] };
    const evaluation = evaluate(
      makeTemplate(items, rules),
      { ...exampleCase, providers },
      answer(complete),
      [],
    );
    const [state] = evaluation.contextRequirements;
    return {
      evaluation,
      status: state?.status,
      blocking: state?.blocking,
      issues: evaluation.validationIssues,
    };
  };
  const onContinuation = { key: 'questionnaire.request_type', operator: '=', value: 'continuation' } as const;

  test('that is required and missing blocks and points at the first missing path', () => {
    const [{ identifiers: _, ...withoutIdentifiers }] = exampleCase.providers as [
      (typeof exampleCase.providers)[number],
    ];
    const { evaluation, status, blocking, issues } = check({}, [{ ...withoutIdentifiers, identifiers: [] }]);
    expect([status, blocking, evaluation.submittable]).toEqual(['missing', true, false]);
    expect(issues).toEqual([
      {
        field: 'providers[role=prescribing].identifiers[npi]',
        code: 'context_missing',
        message: prescriber.message,
        severity: 'error',
        blocking: true,
        ruleType: 'context',
        relatedKeys: ['context.providers.prescribing'],
      },
    ]);
    expect(evaluation.blockers[0]?.kind).toBe('absence');
  });

  test('is blocking even when it is satisfied', () => {
    expect(check({})).toMatchObject({ status: 'satisfied', blocking: true, issues: [] });
  });

  test('under a condition that does not hold is listed and does not block', () => {
    const conditional = { requiredMode: 'conditional', when: onContinuation } as const;
    expect(check(conditional, [])).toMatchObject({ status: 'missing', blocking: false, issues: [] });
    const holding = { requiredMode: 'conditional', when: { not: onContinuation } } as const;
    expect(check(holding, [])).toMatchObject({ blocking: true, issues: [{ code: 'context_missing' }] });
  });

  test('that is recommended is mentioned, that is optional is not', () => {
    expect(check({ requiredMode: 'recommended' }, [])).toMatchObject({
      blocking: false,
      evaluation: { submittable: true },
      issues: [{ code: 'context_missing', severity: 'info', blocking: false }],
    });
    expect(check({ requiredMode: 'optional' }, [])).toMatchObject({ status: 'missing', issues: [] });
  });
});

describe('a supporting document', () => {
  const required: SupportingDocumentRule = { ...note, key: 'documents.note', requiredMode: 'required' };
  const statusWith = (rule: SupportingDocumentRule, ...attachments: AttachmentFact[]) =>
    run({ supportingDocuments: [rule] }, answer(complete), attachments).supportingDocumentRequests[0]?.status;

  test('that is required blocks until an attachment of its type is there', () => {
    const evaluation = run({ supportingDocuments: [required] });
    expect(evaluation.blockers).toMatchObject([
      {
        kind: 'absence',
        issue: {
          field: 'attachments',
          code: 'document_missing',
          ruleType: 'document',
          relatedKeys: ['documents.note'],
        },
      },
    ]);
    expect(statusWith(required)).toBe('missing');
    expect(statusWith(required, attach({ documentTypes: ['lab_result'] }))).toBe('missing');
    expect(statusWith(required, attach({ documentTypes: ['lab_result', 'clinical_note'] }))).toBe(
      'satisfied',
    );
    expect(run({ supportingDocuments: [required] }, answer(complete), [attach()]).submittable).toBe(true);
  });

  test('takes an attachment without types for any document, but no unreadable one', () => {
    expect(statusWith(required, attach())).toBe('satisfied');
    expect(statusWith(required, attach({ problem: 'damaged' }))).toBe('missing');
  });

  test('that is recommended never blocks', () => {
    expect(statusWith(note)).toBe('recommended');
    expect(statusWith(note, attach())).toBe('satisfied');
    expect(run({ supportingDocuments: [note] }).submittable).toBe(true);
  });

  test('is asked for only while its condition holds and its question is enabled', () => {
    const when = { key: 'questionnaire.request_type', operator: '=', value: 'continuation' } as const;
    const conditional = {
      ...required,
      requiredMode: 'conditional',
      when,
      appliesWhen: 'treatment goes on',
    } as const;
    const hangsOn = { ...required, key: 'questionnaire.last_dose' };
    const continued = answer({ request_type: { valueCoding: { code: 'continuation' } } });
    for (const rule of [conditional, hangsOn]) {
      expect(statusWith(rule)).toBeUndefined();
      expect(run({ supportingDocuments: [rule] }, continued).supportingDocumentRequests[0]?.status).toBe(
        'missing',
      );
    }
  });

  test('stands in the guidance whether it applies or not', () => {
    const when = { key: 'questionnaire.request_type', operator: '=', value: 'continuation' } as const;
    const rule: SupportingDocumentRule = {
      ...required,
      requiredMode: 'conditional',
      when,
      appliesWhen: 'treatment goes on',
    };
    const { when: _, ...shown } = rule;
    const { key, label, requiredMode, likelyDocTypes, message } = note;
    const guidance = supportingDocumentationGuidance(
      makeTemplate(items, { supportingDocuments: [rule, note] }),
    );
    expect(guidance).toEqual([shown, { key, label, requiredMode, likelyDocTypes, message }]);
  });
});

test('an attachment that cannot be placed in the packet is a conflict that names the file', () => {
  const evaluation = run({}, answer(complete), [
    attach(),
    attach({ id: 'att_2', label: 'Scan', fileName: 'scan.pdf', problem: 'encrypted' }),
  ]);
  expect(evaluation.blockers).toMatchObject([
    {
      kind: 'conflict',
      issue: {
        field: 'attachments.att_2',
        code: 'attachment_unreadable',
        severity: 'error',
        ruleType: 'document',
      },
    },
  ]);
  expect(evaluation.blockers[0]?.issue.message).toMatch(/"Scan" \(scan\.pdf\) is protected by a password/);
});

test('lists the questions no field of the form shows', () => {
  const mapped = [
    'questionnaire.last_dose',
    'context.patient.lastName',
    'questionnaire.request_type',
    'questionnaire.last_dose',
  ];
  const { mappingSummary } = evaluate(makeTemplate(items, {}, mapped), exampleCase, [], []);
  expect(mappingSummary).toMatchObject({
    mappedFieldCount: 2,
    unmappedFieldKeys: ['questionnaire.acknowledgment_date'],
  });
});

test('never throws, whatever is stored, and answers the same twice', () => {
  const rules: RuleLists = {
    contextRequirements: [prescriber],
    supportingDocuments: [note],
    requirementGroups: [
      {
        id: 'g',
        kind: 'exactly_one',
        label: 'G',
        message: 'M',
        fieldKeys: ['questionnaire.last_dose', 'context.siteOfCare'],
        when: { key: 'questionnaire.acknowledgment_date', operator: '<', value: '2026-01-01' },
      },
    ],
  };
  const template = makeTemplate(items, rules);
  const linkId = fc.constantFrom('request', 'request_type', 'acknowledgment_date', 'last_dose', 'unknown');
  const value = fc.record(
    {
      valueCoding: fc.oneof(fc.record({ code: fc.string() }), fc.jsonValue()),
      valueDate: fc.oneof(fc.constant('2025-12-31'), fc.jsonValue()),
    },
    { requiredKeys: [] },
  );
  const stored = fc.oneof(
    fc.jsonValue(),
    fc.array(fc.record({ linkId, answer: fc.oneof(fc.array(value), fc.jsonValue()) })),
  );
  fc.assert(
    fc.property(stored, (answers) => {
      // Whatever the database held: the type is what this test is about.
      const once = evaluate(template, exampleCase, answers as unknown as ResponseItem[], []);
      expect(evaluate(template, exampleCase, answers as unknown as ResponseItem[], [])).toEqual(once);
      expect(once.submittable).toBe(once.validationIssues.every(({ blocking }) => !blocking));
      expect(once.blockers.map(({ issue }) => issue)).toEqual(
        once.validationIssues.filter(({ blocking }) => blocking),
      );
    }),
  );
});
