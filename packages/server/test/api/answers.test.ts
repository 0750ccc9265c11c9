import { describe, expect, test } from 'vitest';
import { answering, coded } from '../support/api/answers.ts';
import type { Answer, ApiClient } from '../support/api/api-client.ts';
import { expectUnchanged, listEvents, patchCase } from '../support/api/case-record.ts';
import { adakveoAnswers, authorizationsPath, createCase, succeed } from '../support/api/sample-case.ts';
import { useTestServer } from '../support/api/test-server.ts';

const server = useTestServer();

/** The stored answers by linkId; a repeating group as the list of its instances. */
function answersOf(authorization: Answer['body']): Record<string, unknown> {
  const answers: Record<string, unknown> = {};
  for (const { linkId, answer, item } of authorization.questionnaireResponse.item) {
    if (answer === undefined) answers[linkId] = [...((answers[linkId] as unknown[] | undefined) ?? []), item];
    else answers[linkId] = answer;
  }
  return answers;
}

async function eventPayloads(client: ApiClient, id: string, type: string): Promise<unknown[]> {
  const events = await listEvents(client, id);
  return events
    .filter((event) => event.type === `prior_auth.authorization.${type}`)
    .map(({ payload }) => payload);
}

describe('answers merge by linkId', () => {
  test('those sent replace the stored ones, the others stay', async () => {
    const client = await server().newOrganization();
    const { id, ...created } = await createCase(client, { ready: true });
    const patched = succeed(await patchCase(client, id, answering({ age_years: { valueInteger: 38 } })));
    expect(answersOf(patched)).toEqual({ ...answersOf(created), age_years: [{ valueInteger: 38 }] });
    expect(await eventPayloads(client, id, 'updated')).toEqual([
      {
        workflowState: 'ready_to_submit',
        version: 2,
        changedFields: ['questionnaireResponse'],
        changedLinkIds: ['age_years'],
      },
    ]);
  });

  test('an empty answer clears the stored one', async () => {
    const client = await server().newOrganization();
    const { id, ...created } = await createCase(client, { ready: true });
    const patched = succeed(await patchCase(client, id, answering({ age_years: null })));
    const { age_years: _age, ...others } = answersOf(created);
    expect(answersOf(patched)).toEqual(others);
    expect(patched.workflowState).toBe('needs_input');
  });

  test.each([
    {
      form: 'flat under `item`',
      response: { item: [{ linkId: 'age_years', answer: [{ valueInteger: 40 }] }] },
    },
    {
      form: 'flat under the alias `items`',
      response: { items: [{ linkId: 'age_years', answer: [{ valueInteger: 40 }] }] },
    },
    {
      form: 'nested in groups, as a FHIR resource',
      response: {
        resourceType: 'QuestionnaireResponse',
        status: 'in-progress',
        item: [
          { linkId: 'patient_clinical', item: [{ linkId: 'age_years', answer: [{ valueInteger: 40 }] }] },
        ],
      },
    },
  ])('sent $form', async ({ response }) => {
    const client = await server().newOrganization();
    const { id } = await createCase(client);
    const patched = succeed(await patchCase(client, id, { questionnaireResponse: response }));
    expect(answersOf(patched)).toEqual({ age_years: [{ valueInteger: 40 }] });
  });

  test('several answers to a question that repeats are replaced together', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client);
    succeed(await patchCase(client, id, answering({ complications: [coded('stroke'), coded('priapism')] })));
    const patched = succeed(await patchCase(client, id, answering({ complications: [coded('priapism')] })));
    expect(answersOf(patched).complications).toEqual([
      { valueCoding: { code: 'priapism', display: 'Priapism' } },
    ]);
  });
});

describe('branches', () => {
  test('a parent and its child are accepted in one update', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client);
    const both = answering({ genotype_other: { valueString: 'HbSE' }, genotype: coded('other') });
    const patched = succeed(await patchCase(client, id, both));
    expect(answersOf(patched)).toMatchObject({ genotype_other: [{ valueString: 'HbSE' }] });
  });

  test('an answer to a closed branch is refused, and nothing of the update is stored', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client, { ready: true });
    const body = {
      siteOfCare: 'Home',
      ...answering({ age_years: { valueInteger: 38 }, first_dose_date: { valueDate: '2025-01-01' } }),
    };
    const answer = await expectUnchanged(client, id, () => patchCase(client, id, body));
    expect(answer).toMatchObject({ status: 400, body: { code: 'questionnaire_item_not_enabled' } });
    expect(answer.body.issues).toEqual([
      {
        field: 'questionnaireResponse.items.first_dose_date',
        code: 'questionnaire_item_not_enabled',
        message: expect.anything(),
      },
    ]);
  });

  test('every answer to a closed branch is named', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client);
    const answer = await patchCase(
      client,
      id,
      answering({ genotype_other: { valueString: 'x' }, dose_total_mg: { valueInteger: 300 } }),
    );
    expect(answer.body.issues.map(({ field }: Answer['body']) => field).toSorted()).toEqual([
      'questionnaireResponse.items.dose_total_mg',
      'questionnaireResponse.items.genotype_other',
    ]);
  });

  test('an answer whose branch the same update closes is refused', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client, { ready: true });
    const body = answering({
      request_type: coded('continuation_of_therapy'),
      crises_last_12_months: { valueInteger: 3 },
    });
    const answer = await expectUnchanged(client, id, () => patchCase(client, id, body));
    expect(answer.body.code).toBe('questionnaire_item_not_enabled');
  });

  test('an empty answer to a closed branch is no answer', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client);
    expect((await patchCase(client, id, answering({ first_dose_date: null }))).status).toBe(200);
  });

  test('a change upstream clears the answers downstream, through all levels, and says so', async () => {
    const client = await server().newOrganization();
    const { id, ...created } = await createCase(client, { ready: true });
    const patched = succeed(
      await patchCase(client, id, answering({ request_type: coded('continuation_of_therapy') })),
    );
    const {
      crises_last_12_months: _crises,
      hydroxyurea_status: _status,
      hydroxyurea_outcome: _outcome,
      ...kept
    } = answersOf(created);
    expect(answersOf(patched)).toEqual({
      ...kept,
      request_type: [
        { valueCoding: { code: 'continuation_of_therapy', display: 'Continuation of therapy' } },
      ],
    });
    expect(patched.workflowState).toBe('needs_input');
    const cleared = ['crises_last_12_months', 'hydroxyurea_status', 'hydroxyurea_outcome'];
    expect(await eventPayloads(client, id, 'answers_cleared')).toEqual([
      { workflowState: 'needs_input', linkIds: cleared },
    ]);
    expect(await eventPayloads(client, id, 'updated')).toMatchObject([
      { changedLinkIds: ['request_type', ...cleared] },
    ]);
  });

  test('cleared answers do not come back with their branch', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client, { ready: true });
    succeed(await patchCase(client, id, answering({ request_type: coded('continuation_of_therapy') })));
    const back = succeed(
      await patchCase(client, id, answering({ request_type: coded('start_of_treatment') })),
    );
    expect(Object.keys(answersOf(back))).not.toContain('crises_last_12_months');
  });

  test('an update that closes no branch clears nothing and says nothing', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client, { ready: true });
    succeed(await patchCase(client, id, answering({ age_years: { valueInteger: 38 } })));
    expect(await eventPayloads(client, id, 'answers_cleared')).toEqual([]);
  });
});

describe('an update with answers is refused as a whole', () => {
  const field = (linkId: string) => `questionnaireResponse.items.${linkId}`;

  test.each([
    {
      what: 'an unknown linkId',
      answers: { shoe_size: { valueInteger: 43 } },
      issue: { field: field('shoe_size'), code: 'unknown_link_id' },
    },
    {
      what: 'a value of another type',
      answers: { age_years: { valueString: '37' } },
      issue: { field: field('age_years'), code: 'invalid_type' },
    },
    {
      what: 'a number with a fraction',
      answers: { age_years: { valueInteger: 37.5 } },
      issue: { field: field('age_years'), code: 'invalid_type' },
    },
    {
      what: 'an answer without a value',
      answers: { age_years: {} },
      issue: { field: field('age_years'), code: 'invalid_type' },
    },
    {
      what: 'a date that does not exist',
      answers: { acknowledgment_date: { valueDate: '2026-02-30' } },
      issue: { field: field('acknowledgment_date') },
    },
    {
      what: 'two answers to a question that does not repeat',
      answers: { age_years: [{ valueInteger: 1 }, { valueInteger: 2 }] },
      issue: { field: field('age_years') },
    },
    {
      what: 'an answer to a group',
      answers: { request: { valueString: 'x' } },
      issue: { field: field('request'), code: 'invalid_type' },
    },
    {
      what: 'an item of a repeating group outside of it',
      answers: { therapy_drug: { valueString: 'x' } },
      issue: { field: field('therapy_drug'), code: 'unknown_link_id' },
    },
  ])('for $what', async ({ answers, issue }) => {
    const client = await server().newOrganization();
    const { id } = await createCase(client, { ready: true });
    const body = { urgency: 'expedited', ...answering({ infusion_site: coded('home'), ...answers }) };
    const answer = await expectUnchanged(client, id, () => patchCase(client, id, body));
    expect(answer).toMatchObject({ status: 400, body: { code: 'validation_error', issues: [issue] } });
  });

  test.each([
    { what: 'text', response: 'yes' },
    { what: 'a list', response: [] },
    { what: 'items that are no list', response: { item: {} } },
    { what: 'one linkId twice', response: { item: [...adakveoAnswers.item, adakveoAnswers.item[0]] } },
    { what: 'another resource', response: { resourceType: 'Patient', item: [] } },
  ])('for $what in place of answers', async ({ response }) => {
    const client = await server().newOrganization();
    const { id } = await createCase(client);
    const answer = await expectUnchanged(client, id, () =>
      patchCase(client, id, { questionnaireResponse: response }),
    );
    expect(answer).toMatchObject({ status: 400, body: { code: 'validation_error' } });
  });
});

describe('a repeating group', () => {
  const therapy = (drug: string, outcome = 'ongoing') => ({
    linkId: 'prior_therapies',
    item: [
      { linkId: 'therapy_drug', answer: [{ valueString: drug }] },
      { linkId: 'therapy_start_date', answer: [{ valueDate: '2023-05-02' }] },
      { linkId: 'therapy_outcome', answer: [coded(outcome)] },
    ],
  });
  const respond = (...item: object[]) => ({ questionnaireResponse: { item } });

  async function caseWithTherapies(client: ApiClient) {
    const { id } = await createCase(client, { ready: true });
    return succeed(
      await patchCase(client, id, respond(therapy('L-glutamine'), therapy('Voxelotor', 'completed'))),
    );
  }

  function drugsOf(authorization: Answer['body']): string[] {
    const instances = authorization.questionnaireResponse.item.filter(
      ({ linkId }: Answer['body']) => linkId === 'prior_therapies',
    );
    return instances.map(({ item }: Answer['body']) => item[0].answer[0].valueString);
  }

  test('keeps its instances in order, and each has requirements of its own', async () => {
    const client = await server().newOrganization();
    const stored = await caseWithTherapies(client);
    expect(drugsOf(stored)).toEqual(['L-glutamine', 'Voxelotor']);
    expect(stored.workflowState).toBe('needs_input');
    const { validationIssues } = succeed(
      await client.call('POST', `${authorizationsPath}/${stored.id}/preview`),
    );
    const blocking = validationIssues.filter((issue: Answer['body']) => issue.blocking);
    expect(blocking).toMatchObject([
      { field: 'questionnaireResponse.items.prior_therapies[1].therapy_end_date', code: 'required' },
    ]);
  });

  test('is replaced whole by the instances that are sent', async () => {
    const client = await server().newOrganization();
    const { id } = await caseWithTherapies(client);
    expect(drugsOf(succeed(await patchCase(client, id, respond(therapy('Hydroxyurea')))))).toEqual([
      'Hydroxyurea',
    ]);
  });

  test('is left alone by an update of other answers', async () => {
    const client = await server().newOrganization();
    const { id } = await caseWithTherapies(client);
    const patched = succeed(await patchCase(client, id, answering({ age_years: { valueInteger: 38 } })));
    expect(drugsOf(patched)).toEqual(['L-glutamine', 'Voxelotor']);
  });

  test('is cleared by one empty instance', async () => {
    const client = await server().newOrganization();
    const { id } = await caseWithTherapies(client);
    const patched = succeed(await patchCase(client, id, respond({ linkId: 'prior_therapies', item: [] })));
    expect(drugsOf(patched)).toEqual([]);
    expect(patched.workflowState).toBe('ready_to_submit');
  });

  test('is cleared with its branch', async () => {
    const client = await server().newOrganization();
    const { id } = await caseWithTherapies(client);
    const patched = succeed(
      await patchCase(client, id, answering({ request_type: coded('continuation_of_therapy') })),
    );
    expect(drugsOf(patched)).toEqual([]);
  });

  test('refuses an answer that is closed in its instance, and names the place', async () => {
    const client = await server().newOrganization();
    const { id } = await caseWithTherapies(client);
    const wrong = therapy('Crizanlizumab');
    wrong.item.push({ linkId: 'therapy_end_date', answer: [{ valueDate: '2024-01-01' }] });
    const body = respond(therapy('L-glutamine'), wrong);
    const answer = await expectUnchanged(client, id, () => patchCase(client, id, body));
    expect(answer.body).toMatchObject({
      code: 'questionnaire_item_not_enabled',
      issues: [{ field: 'questionnaireResponse.items.prior_therapies[1].therapy_end_date' }],
    });
  });
});
