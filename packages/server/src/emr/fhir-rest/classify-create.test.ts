import { expect, test } from 'vitest';
import { jsonAnswer } from '../../../test/support/emr/scripted-emr.ts';
import { classifyCreate } from './classify-create.ts';
import type { HttpExchange } from './http-exchange.ts';

const clock = { now: () => new Date('2026-03-13T17:00:00Z') };
const claim = {
  resourceType: 'Claim',
  id: '77',
  identifier: [{ system: 'urn:precert:claim-marker', value: 'm' }],
};
const outcome = (code: string) => ({
  resourceType: 'OperationOutcome',
  issue: [{ severity: 'error', code }],
});
const raw = (status: number, body: string, headers = {}): HttpExchange => ({
  kind: 'answered',
  status,
  headers,
  body: Buffer.from(body),
});

const created: readonly (readonly [string, HttpExchange])[] = [
  ['a body', jsonAnswer(201, claim)],
  ['a location', raw(201, '', { location: 'https://emr.example/fhir/r4/Claim/77/_history/1' })],
  ['a relative location', raw(201, '', { location: 'Claim/77' })],
  ['both', jsonAnswer(201, claim, { location: '/fhir/r4/Claim/77' })],
  ['a location beside a body that is no claim', raw(201, '<html>', { location: 'Claim/77' })],
  ['the claim that was there already', jsonAnswer(200, claim)],
];
test.each(created)('a claim is created when the answer names it by %s', (_, exchange) => {
  expect(classifyCreate(exchange, 'm', clock)).toEqual({ kind: 'created', emrClaimId: '77' });
});

const unknown: readonly (readonly [string, HttpExchange])[] = [
  ['no answer came', { kind: 'no_answer', reason: 'The connection broke off.' }],
  ['the answer names no claim', jsonAnswer(201, { resourceType: 'OperationOutcome' })],
  ['the answer is nothing', raw(200, '')],
  ['the answer is garbage', raw(201, '{"resourceType":"Cla')],
  ['the answer names a claim without our marker', jsonAnswer(200, { ...claim, identifier: [] })],
  ['the answer names two claims', jsonAnswer(201, claim, { location: 'Claim/78' })],
  ['the id is no id', jsonAnswer(201, { ...claim, id: '../7' })],
  ['the location is that of something else', raw(201, '', { location: 'Task/77' })],
  ['the EMR took it for later', jsonAnswer(202, claim)],
  ['the EMR says nothing but yes', raw(204, '')],
  ['the EMR leads elsewhere', raw(303, '', { location: 'Claim/77' })],
  ['a request came too late', raw(408, '')],
  ['several claims have the marker', jsonAnswer(412, outcome('multiple-matches'))],
  ['the EMR failed', jsonAnswer(500, outcome('exception'))],
  ['a gateway failed', raw(502, '<html>')],
  ['the EMR is down', raw(503, '', { 'retry-after': '5' })],
  ['a gateway gave up', raw(504, '')],
  ['a refusal speaks of a time-out', jsonAnswer(422, outcome('timeout'))],
  ['a refusal speaks of trouble', jsonAnswer(400, outcome('exception'))],
];
test.each(unknown)('nobody knows whether there is a claim when %s', (_, exchange) => {
  expect(classifyCreate(exchange, 'm', clock)).toEqual({ kind: 'unknown', reason: expect.any(String) });
});

test('nothing was written when nothing was sent or the EMR takes no call', () => {
  expect(classifyCreate({ kind: 'not_sent', reason: '' }, 'm', clock)).toEqual({ kind: 'unavailable' });
  expect(classifyCreate(raw(429, ''), 'm', clock)).toEqual({ kind: 'unavailable' });
  const told = raw(429, '', { 'retry-after': 'Fri, 13 Mar 2026 17:00:30 GMT' });
  expect(classifyCreate(told, 'm', clock)).toEqual({ kind: 'unavailable', retryAfterMs: 30_000 });
});

test('a login is needed when the EMR says so', () => {
  expect(classifyCreate(raw(401, ''), 'm', clock)).toMatchObject({ kind: 'login_required' });
});

test.each([400, 403, 404, 405, 409, 410, 413, 415, 422])(
  'status %i is a refusal, whatever stands below it',
  (status) => {
    for (const body of ['', '<html>', '{"resourceType":"OperationOutcome","issue":7}']) {
      expect(classifyCreate(raw(status, body), 'm', clock)).toMatchObject({
        kind: 'rejected',
        reasons: [{ code: 'emr_rejected' }],
      });
    }
  },
);

test('a refusal with several issues has a reason for each, and none says what the EMR wrote', () => {
  const issues = [
    { severity: 'error', code: 'required', expression: ['Claim.diagnosis'], diagnostics: 'Jane Doe' },
    { severity: 'error', code: 'required', expression: ['Claim.item[1].productOrService'] },
    { severity: 'error', code: 'business-rule', details: { coding: [{ code: 'ENCOUNTER_IS_LOCKED' }] } },
    {
      severity: 'error',
      code: 'value',
      details: { text: 'Jane Doe has no cover', coding: [{ code: '205' }] },
    },
    { severity: 'warning', code: 'duplicate' },
  ];
  const exchange = jsonAnswer(422, { resourceType: 'OperationOutcome', issue: issues });
  const result = classifyCreate(exchange, 'm', clock);
  expect(result).toMatchObject({
    kind: 'rejected',
    reasons: [
      { code: 'missing_diagnosis_codes' },
      { code: 'missing_procedure_codes' },
      { code: 'encounter_locked' },
      { code: 'emr_rejected' },
    ],
  });
  expect(JSON.stringify(result)).not.toContain('Jane');
});
