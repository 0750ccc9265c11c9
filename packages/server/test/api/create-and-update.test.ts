import { describe, expect, test } from 'vitest';
import { answering, coded } from '../support/api/answers.ts';
import type { Answer, ApiClient } from '../support/api/api-client.ts';
import { listAll, patchCase, readCase } from '../support/api/case-record.ts';
import {
  adakveoAnswers,
  adakveoCase,
  authorizationsPath,
  createCase,
  succeed,
} from '../support/api/sample-case.ts';
import { useTestServer } from '../support/api/test-server.ts';

const server = useTestServer();
const day = 86_400_000;

function create(client: ApiClient, body: object, key?: string): Promise<Answer> {
  return client.call('POST', authorizationsPath, body, key === undefined ? {} : { 'idempotency-key': key });
}

function issuesOf({ body }: Answer): { field: string; code: string }[] {
  return body.issues.map(({ field, code }: Answer['body']) => ({ field, code }));
}

describe('create', () => {
  test('answers 201 with the whole case and the template’s questionnaire', async () => {
    const client = await server().newOrganization();
    const answer = await create(client, adakveoCase);
    expect(answer.status).toBe(201);
    expect(answer.headers.get('etag')).toBe('"1"');
    expect(answer.headers.get('idempotent-replayed')).toBeNull();
    expect(answer.body).toMatchObject({ ...adakveoCase, version: 1 });
    expect(answer.body.questionnaire).toMatchObject({
      resourceType: 'Questionnaire',
      title: 'Adakveo Medication Precertification Request',
      status: 'active',
      item: [
        { linkId: 'request', item: [{ linkId: 'request_type' }, { linkId: 'acknowledgment_date' }] },
        {},
        {},
        {},
        {},
        {},
      ],
    });
    expect((await readCase(client, answer.body.id)).authorization).toEqual(answer.body);
  });

  test('has every field of the contract in its order, null where nothing is known', async () => {
    const client = await server().newOrganization();
    const { requestedBy: _by, providers: _providers, diagnoses: _diagnoses, ...least } = adakveoCase;
    const created = (await create(client, least)).body;
    const contractFields = [
      'id',
      'workflowState',
      'decisionState',
      'urgency',
      'submissionChannel',
      'payer',
      'patient',
      'coverage',
      'providers',
      'service',
      'diagnoses',
      'locations',
      'requestedBy',
      'siteOfCare',
      'treatmentPhase',
      'questionnaire',
      'questionnaireResponse',
      'supportingDocumentationGuidance',
      'attachments',
      'actions',
      'decisionDetails',
      'cancellationReason',
      'submittedAt',
      'completedAt',
      'cancelledAt',
      'createdAt',
      'updatedAt',
    ];
    const ours = ['latestSubmission', 'metadata', 'template', 'version'];
    expect(Object.keys(created).filter((field) => !ours.includes(field))).toEqual(contractFields);
    expect(Object.keys(created).toSorted()).toEqual([...contractFields, ...ours].toSorted());
    const { questionnaire: _questionnaire, supportingDocumentationGuidance, ...rest } = created;
    const { patient, coverage, service } = adakveoCase;
    expect(rest).toEqual({
      id: expect.stringMatching(/^auth_[0-9a-z]+$/),
      workflowState: 'needs_input',
      decisionState: 'unknown',
      urgency: 'standard',
      submissionChannel: null,
      payer: { id: 'payer_aetna', slug: 'aetna', displayName: 'Aetna' },
      patient,
      coverage,
      providers: [],
      service,
      diagnoses: [],
      locations: null,
      requestedBy: null,
      siteOfCare: null,
      treatmentPhase: null,
      questionnaireResponse: {
        resourceType: 'QuestionnaireResponse',
        questionnaire: 'https://api.example.com/questionnaires/aetna-adakveo-precert-2026-01',
        status: 'in-progress',
        item: [],
      },
      attachments: [],
      latestSubmission: null,
      actions: [],
      decisionDetails: null,
      cancellationReason: null,
      metadata: null,
      template: { id: 'aetna-adakveo-precert-2026-01', version: '1.1' },
      version: 1,
      submittedAt: null,
      completedAt: null,
      cancelledAt: null,
      createdAt: '2026-03-13T17:00:00.000Z',
      updatedAt: '2026-03-13T17:00:00.000Z',
    });
    expect(supportingDocumentationGuidance[0]).toEqual({
      key: 'questionnaire.request_type',
      label: 'Clinical documentation',
      requiredMode: 'recommended',
      likelyDocTypes: ['clinical_note', 'treatment_plan'],
      message: 'Clinical documentation usually accompanies this request.',
    });
  });

  test('takes answers, fills in the display of a choice, and is then ready to submit', async () => {
    const client = await server().newOrganization();
    const created = await createCase(client, { ready: true });
    expect(created.workflowState).toBe('ready_to_submit');
    expect(created.questionnaireResponse.item).toContainEqual({
      linkId: 'request_type',
      answer: [{ valueCoding: { code: 'start_of_treatment', display: 'Start of treatment' } }],
    });
    expect(created.questionnaireResponse.item).toHaveLength(adakveoAnswers.item.length);
  });

  test('creates nothing from a body whose answer belongs to a closed branch', async () => {
    const client = await server().newOrganization();
    const answer = await create(client, {
      ...adakveoCase,
      ...answering({ hydroxyurea_outcome: coded('controlled') }),
    });
    expect(answer).toMatchObject({ status: 400, body: { code: 'questionnaire_item_not_enabled' } });
    expect(issuesOf(answer)[0]?.field).toBe('questionnaireResponse.items.hydroxyurea_outcome');
    expect(await listAll(client, authorizationsPath)).toEqual([]);
  });

  test.each([
    { what: 'a payer nobody knows', coverage: { payerId: 'payer_nobody' } },
    { what: 'a plan type without a template', coverage: { planType: 'medicaid' } },
    { what: 'a service without a template', service: { code: 'J9999' } },
    { what: 'the code in another code system', service: { codeSystem: 'cpt' } },
  ])('answers unsupported_case for $what', async ({ coverage, service }) => {
    const client = await server().newOrganization();
    const answer = await create(client, {
      ...adakveoCase,
      coverage: { ...adakveoCase.coverage, ...coverage },
      service: { ...adakveoCase.service, ...service },
    });
    expect(answer).toMatchObject({ status: 404, body: { code: 'unsupported_case' } });
    expect(await listAll(client, authorizationsPath)).toEqual([]);
  });

  test.each([
    { field: 'patient', code: 'required', body: { ...adakveoCase, patient: undefined } },
    {
      field: 'patient.firstName',
      code: 'too_small',
      body: { ...adakveoCase, patient: { ...adakveoCase.patient, firstName: '' } },
    },
    {
      field: 'patient.dateOfBirth',
      code: 'invalid_format',
      body: { ...adakveoCase, patient: { ...adakveoCase.patient, dateOfBirth: '1988-02-30' } },
    },
    {
      field: 'patient.identifiers',
      code: 'too_small',
      body: { ...adakveoCase, patient: { ...adakveoCase.patient, identifiers: [] } },
    },
    {
      field: 'patient.gender',
      code: 'invalid_enum',
      body: { ...adakveoCase, patient: { ...adakveoCase.patient, gender: 'f' } },
    },
    {
      field: 'coverage.planType',
      code: 'invalid_enum',
      body: { ...adakveoCase, coverage: { ...adakveoCase.coverage, planType: 'private' } },
    },
    {
      field: 'coverage.memberId',
      code: 'required',
      body: { ...adakveoCase, coverage: { ...adakveoCase.coverage, memberId: undefined } },
    },
    { field: 'urgency', code: 'invalid_enum', body: { ...adakveoCase, urgency: 'urgent' } },
    {
      field: 'diagnoses[0].codeSystem',
      code: 'invalid_enum',
      body: { ...adakveoCase, diagnoses: [{ code: 'D57.00', codeSystem: 'icd_9' }] },
    },
    { field: 'patientName', code: 'unrecognized_keys', body: { ...adakveoCase, patientName: 'Jane' } },
    {
      field: 'service.requestedEndDate',
      code: 'too_small',
      body: { ...adakveoCase, service: { ...adakveoCase.service, requestedEndDate: '2026-03-12' } },
    },
  ])('names $field as $code', async ({ field, code, body }) => {
    const answer = await create(await server().newOrganization(), body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'validation_error' } });
    expect(issuesOf(answer)).toContainEqual({ field, code });
    expect(new Set(issuesOf(answer).map((issue) => issue.field))).toEqual(new Set([field]));
  });
});

describe('an idempotency key of create', () => {
  test('answers a replay with 200, a header and the case as it is now', async () => {
    const client = await server().newOrganization();
    const { id } = succeed(await create(client, adakveoCase, 'create-auth-001'));
    const patched = succeed(await patchCase(client, id, { siteOfCare: 'Clinic' }));
    const replay = await create(client, adakveoCase, 'create-auth-001');
    expect(replay).toMatchObject({ status: 200, body: patched });
    expect(replay.headers.get('idempotent-replayed')).toBe('true');
    expect(replay.headers.get('etag')).toBe('"2"');
    expect(await listAll(client, authorizationsPath)).toHaveLength(1);
  });

  test('does not mind the order of fields or white space', async () => {
    const client = await server().newOrganization();
    const { id } = succeed(await create(client, adakveoCase, 'same'));
    const reordered = Object.fromEntries(Object.entries(adakveoCase).toReversed());
    const replay = await client.send(authorizationsPath, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': '"same"' },
      body: JSON.stringify(reordered, undefined, 4),
    });
    expect(replay).toMatchObject({ status: 200, body: { id } });
  });

  test('refuses another body and creates nothing from it', async () => {
    const client = await server().newOrganization();
    succeed(await create(client, adakveoCase, 'once'));
    const answer = await create(client, { ...adakveoCase, urgency: 'expedited' }, 'once');
    expect(answer).toMatchObject({
      status: 409,
      body: { code: 'idempotency_key_reused_with_different_request' },
    });
    expect(await listAll(client, authorizationsPath)).toHaveLength(1);
  });

  test('is good for 30 days', async () => {
    const client = await server().newOrganization();
    const { id } = succeed(await create(client, adakveoCase, 'monthly'));
    server().clock.advance(29.9 * day);
    expect(await create(client, adakveoCase, 'monthly')).toMatchObject({ status: 200, body: { id } });
    server().clock.advance(0.2 * day);
    const again = await create(client, adakveoCase, 'monthly');
    expect(again.status).toBe(201);
    expect(again.body.id).not.toBe(id);
    expect(await create(client, adakveoCase, 'monthly')).toMatchObject({
      status: 200,
      body: { id: again.body.id },
    });
  });

  test('belongs to one organization', async () => {
    const [one, other] = [await server().newOrganization(), await server().newOrganization()];
    const first = succeed(await create(one, adakveoCase, 'shared'));
    const second = await create(other, { ...adakveoCase, urgency: 'expedited' }, 'shared');
    expect(second.status).toBe(201);
    expect(second.body.id).not.toBe(first.id);
  });

  test('is not used up by a request that was refused', async () => {
    const client = await server().newOrganization();
    const unsupported = { ...adakveoCase, coverage: { ...adakveoCase.coverage, planType: 'medicaid' } };
    expect((await create(client, unsupported, 'retry')).status).toBe(404);
    expect((await create(client, adakveoCase, 'retry')).status).toBe(201);
  });

  test('creates one case however many requests bring it at once', async () => {
    const client = await server().newOrganization();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => create(client, adakveoCase, 'at-once')),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([
      ...Array.from({ length: 9 }, () => 200),
      201,
    ]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(await listAll(client, authorizationsPath)).toHaveLength(1);
  });

  test.each(['two words', '', 'x'.repeat(256), 'naïve'])('refuses the malformed key %j', async (key) => {
    const client = await server().newOrganization();
    const answer = await client.send(authorizationsPath, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(adakveoCase),
    });
    expect(answer).toMatchObject({
      status: 400,
      body: { code: 'validation_error', issues: [{ field: 'Idempotency-Key' }] },
    });
  });
});

describe('update merges', () => {
  const servicing = { name: 'Main Street Infusion Center', npi: '1234567893', phone: '415-555-0110' };
  const referring = { name: 'Family Practice', address: adakveoCase.patient.address };
  const full = {
    ...adakveoCase,
    patient: {
      ...adakveoCase.patient,
      gender: 'female',
      phone: '415-555-0199',
      address: { ...adakveoCase.patient.address, line2: 'Apartment 4' },
    },
    locations: { servicing, referring },
    siteOfCare: 'Clinic',
    treatmentPhase: 'initial',
    metadata: { externalCaseId: 'case-42' },
  };
  const { phone: _phone, ...patientWithoutPhone } = full.patient;
  const { address: _address, ...patientWithoutAddress } = full.patient;
  const { groupNumber: _group, ...coverageWithoutGroup } = full.coverage;
  const { drugName: _drug, ...serviceWithoutDrug } = full.service;
  const { phone: _requesterPhone, ...requesterWithoutPhone } = full.requestedBy;
  const elsewhere = { line1: '1 Other St', city: 'Reno', state: 'NV', zip: '89501-1234' };
  const dispensing = { role: 'dispensing', identifiers: [], organizationName: 'Corner Pharmacy' };

  test.each([
    {
      rule: 'one field of the patient',
      patch: { patient: { firstName: 'Joan' } },
      expected: { patient: { ...full.patient, firstName: 'Joan' } },
    },
    {
      rule: 'null, which clears an optional field of the patient',
      patch: { patient: { phone: null } },
      expected: { patient: patientWithoutPhone },
    },
    {
      rule: 'an address whole',
      patch: { patient: { address: elsewhere } },
      expected: { patient: { ...full.patient, address: elsewhere } },
    },
    {
      rule: 'null for an address',
      patch: { patient: { address: null } },
      expected: { patient: patientWithoutAddress },
    },
    {
      rule: 'identifiers whole',
      patch: { patient: { identifiers: [{ type: 'external', value: 'E-1' }] } },
      expected: { patient: { ...full.patient, identifiers: [{ type: 'external', value: 'E-1' }] } },
    },
    {
      rule: 'one field of the coverage',
      patch: { coverage: { memberId: 'W999' } },
      expected: { coverage: { ...full.coverage, memberId: 'W999' } },
    },
    {
      rule: 'null for the group number',
      patch: { coverage: { groupNumber: null } },
      expected: { coverage: coverageWithoutGroup },
    },
    {
      rule: 'one field of who asks',
      patch: { requestedBy: { firstName: 'Ana' } },
      expected: { requestedBy: { ...full.requestedBy, firstName: 'Ana' } },
    },
    {
      rule: 'null for the phone of who asks',
      patch: { requestedBy: { phone: null } },
      expected: { requestedBy: requesterWithoutPhone },
    },
    { rule: 'null for who asks', patch: { requestedBy: null }, expected: { requestedBy: null } },
    {
      rule: 'a mutable field of the service',
      patch: { service: { requestedEndDate: '2026-12-31' } },
      expected: { service: { ...full.service, requestedEndDate: '2026-12-31' } },
    },
    {
      rule: 'null for the drug name',
      patch: { service: { drugName: null } },
      expected: { service: serviceWithoutDrug },
    },
    {
      rule: 'one location slot whole, keeping the other',
      patch: { locations: { servicing: { name: 'Elsewhere' } } },
      expected: { locations: { servicing: { name: 'Elsewhere' }, referring } },
    },
    {
      rule: 'null for one location slot',
      patch: { locations: { servicing: null } },
      expected: { locations: { referring } },
    },
    {
      rule: 'null for both slots',
      patch: { locations: { servicing: null, referring: null } },
      expected: { locations: null },
    },
    { rule: 'null for the locations', patch: { locations: null }, expected: { locations: null } },
    { rule: 'providers whole', patch: { providers: [dispensing] }, expected: { providers: [dispensing] } },
    { rule: 'an empty list of providers', patch: { providers: [] }, expected: { providers: [] } },
    {
      rule: 'diagnoses whole',
      patch: { diagnoses: [{ code: 'D57.1', codeSystem: 'icd_10' }] },
      expected: { diagnoses: [{ code: 'D57.1', codeSystem: 'icd_10' }] },
    },
    { rule: 'the urgency', patch: { urgency: 'expedited' }, expected: { urgency: 'expedited' } },
    { rule: 'metadata whole', patch: { metadata: { ticket: '7' } }, expected: { metadata: { ticket: '7' } } },
    { rule: 'null for metadata', patch: { metadata: null }, expected: { metadata: null } },
    { rule: 'the site of care', patch: { siteOfCare: 'Home' }, expected: { siteOfCare: 'Home' } },
    {
      rule: 'null for site of care and treatment phase',
      patch: { siteOfCare: null, treatmentPhase: null },
      expected: { siteOfCare: null, treatmentPhase: null },
    },
    {
      rule: 'immutable fields that stay what they are',
      patch: {
        coverage: { payerId: 'payer_aetna', planType: 'commercial', insuranceState: 'CA' },
        service: { code: 'J0791', codeSystem: 'hcpcs' },
      },
      expected: {},
    },
  ])('$rule', async ({ patch, expected }) => {
    const client = await server().newOrganization();
    const {
      version: _version,
      updatedAt: _updatedAt,
      workflowState: _state,
      ...before
    } = succeed(await create(client, full));
    server().clock.advance(1000);
    const patched = succeed(await patchCase(client, before.id, patch));
    const { version, updatedAt, workflowState: _after, ...after } = patched;
    expect(after).toEqual({ ...before, ...expected });
    expect(version).toBe(2);
    expect(updatedAt).toBe(server().clock.now().toISOString());
    expect((await readCase(client, before.id)).authorization).toEqual(patched);
  });

  test('who asks into a case that had nobody, if the names are given', async () => {
    const client = await server().newOrganization();
    const { requestedBy: _by, ...nobody } = adakveoCase;
    const { id } = succeed(await create(client, nobody));
    const answer = await patchCase(client, id, { requestedBy: { phone: '415-555-0100' } });
    expect(answer.status).toBe(400);
    expect(issuesOf(answer)).toEqual([
      { field: 'requestedBy.firstName', code: 'required' },
      { field: 'requestedBy.lastName', code: 'required' },
    ]);
    const named = { firstName: 'Alicia', lastName: 'Gomez' };
    expect(succeed(await patchCase(client, id, { requestedBy: named })).requestedBy).toEqual(named);
  });

  test.each([
    { field: 'patient', code: 'invalid_type', patch: { patient: null } },
    { field: 'patient.firstName', code: 'invalid_type', patch: { patient: { firstName: null } } },
    { field: 'patient.identifiers', code: 'invalid_type', patch: { patient: { identifiers: null } } },
    { field: 'patient.identifiers', code: 'too_small', patch: { patient: { identifiers: [] } } },
    {
      field: 'patient.address.city',
      code: 'required',
      patch: { patient: { address: { line1: '1 Other St', state: 'NV', zip: '89501' } } },
    },
    { field: 'patient.middleName', code: 'unrecognized_keys', patch: { patient: { middleName: 'J' } } },
    { field: 'coverage.memberId', code: 'invalid_type', patch: { coverage: { memberId: null } } },
    { field: 'requestedBy.firstName', code: 'invalid_type', patch: { requestedBy: { firstName: null } } },
    {
      field: 'locations.servicing.name',
      code: 'required',
      patch: { locations: { servicing: { phone: '415-555-0110' } } },
    },
    { field: 'providers', code: 'invalid_type', patch: { providers: null } },
    { field: 'providers[0].role', code: 'invalid_enum', patch: { providers: [{ role: 'billing' }] } },
    { field: 'diagnoses', code: 'invalid_type', patch: { diagnoses: null } },
    { field: 'urgency', code: 'invalid_type', patch: { urgency: null } },
    {
      field: 'service.requestedEndDate',
      code: 'too_small',
      patch: { service: { requestedEndDate: '2026-03-12' } },
    },
    {
      field: 'service.requestedEndDate',
      code: 'too_small',
      patch: { service: { requestedStartDate: '2026-09-14' } },
    },
    {
      field: 'coverage.payerId',
      code: 'immutable_field',
      patch: { coverage: { payerId: 'payer_medicare' } },
    },
    { field: 'coverage.planType', code: 'immutable_field', patch: { coverage: { planType: 'exchange' } } },
    {
      field: 'coverage.insuranceState',
      code: 'immutable_field',
      patch: { coverage: { insuranceState: 'NV' } },
    },
    { field: 'service.code', code: 'immutable_field', patch: { service: { code: 'J9999' } } },
    { field: 'service.codeSystem', code: 'immutable_field', patch: { service: { codeSystem: 'cpt' } } },
    { field: 'workflowState', code: 'unrecognized_keys', patch: { workflowState: 'completed' } },
  ])('nothing when $field is $code in $patch', async ({ field, code, patch }) => {
    const client = await server().newOrganization();
    const { id } = succeed(await create(client, full));
    const before = await readCase(client, id);
    const answer = await patchCase(client, id, { siteOfCare: 'Home', ...patch });
    expect(answer).toMatchObject({ status: 400, body: { code: 'validation_error' } });
    expect(issuesOf(answer)).toContainEqual({ field, code });
    expect(new Set(issuesOf(answer).map((issue) => issue.field))).toEqual(new Set([field]));
    expect(await readCase(client, id)).toEqual(before);
  });
});

test('check digits of NPI and DEA numbers only warn', async () => {
  const client = await server().newOrganization();
  const { id } = await createCase(client, { ready: true });
  const { submittable, validationIssues } = succeed(
    await client.call('POST', `${authorizationsPath}/${id}/preview`),
  );
  expect(submittable).toBe(true);
  expect(validationIssues).toMatchObject([
    {
      field: 'providers[0].identifiers[0].value',
      code: 'invalid_format',
      severity: 'warning',
      blocking: false,
    },
    {
      field: 'providers[0].identifiers[1].value',
      code: 'invalid_format',
      severity: 'warning',
      blocking: false,
    },
  ]);
  expect(JSON.stringify(validationIssues)).not.toMatch(/1234567890|AB1234567/);
});
