import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HttpServer } from './create-http-server.ts';
import { createDemoServer } from './testing/demo-server.ts';

let app: HttpServer;
beforeAll(() => {
  app = createDemoServer();
});
afterAll(() => app.close());

const patient = { name: 'Jane', identifiers: [{ type: 'mrn', value: '1' }] };

async function issuesFor(body: unknown, url = '/v1/widgets'): Promise<[string, string][] | number> {
  const response = await app.inject({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json' },
    payload: JSON.stringify(body),
  });
  if (response.statusCode !== 400) return response.statusCode;
  const { code, message, issues } = response.json<{
    code: string;
    message: string;
    issues: { field: string; code: string; message: string }[];
  }>();
  expect([code, message]).toEqual(['validation_error', 'Request validation failed.']);
  for (const issue of issues) expect(issue.message).toMatch(/^[A-Z].*\.$/);
  return issues.map((issue) => [issue.field, issue.code]);
}

async function queryIssues(query: string): Promise<[string, string][] | unknown> {
  const response = await app.inject(`/v1/widgets?${query}`);
  if (response.statusCode === 200) return response.json();
  expect([response.statusCode, response.json().code]).toEqual([400, 'validation_error']);
  return response
    .json<{ issues: { field: string; code: string }[] }>()
    .issues.map(({ field, code }) => [field, code]);
}

describe('a body', () => {
  test('that follows the schema is accepted, also in a scope that registered a schema of its own', async () => {
    expect(await issuesFor({ patient, count: 1, note: null, metadata: { a: 'b' } })).toBe(201);
  });

  test.each([
    ['nothing in it', {}, [['patient', 'required']]],
    ['null', null, [['body', 'invalid_type']]],
    ['a list', [], [['body', 'invalid_type']]],
    ['a string', 'x', [['body', 'invalid_type']]],
    ['a number', 1, [['body', 'invalid_type']]],
    ['a number as text', { patient, count: '1' }, [['count', 'invalid_type']]],
    ['a fraction for a whole number', { patient, count: 1.5 }, [['count', 'invalid_type']]],
    ['a count too small', { patient, count: 0 }, [['count', 'too_small']]],
    ['a count too big', { patient, count: 10 }, [['count', 'too_big']]],
    ['text too short', { patient: { ...patient, name: '' } }, [['patient.name', 'too_small']]],
    ['text too long', { patient: { ...patient, name: 'x'.repeat(21) } }, [['patient.name', 'too_big']]],
    [
      'text of the wrong form',
      { patient: { ...patient, name: 'J4ne' } },
      [['patient.name', 'invalid_format']],
    ],
    [
      'a day that does not exist',
      { patient: { ...patient, bornOn: '2026-02-30' } },
      [['patient.bornOn', 'invalid_format']],
    ],
    ['no items', { patient: { ...patient, identifiers: [] } }, [['patient.identifiers', 'too_small']]],
    [
      'too many items',
      { patient: { ...patient, identifiers: Array(4).fill(patient.identifiers[0]) } },
      [['patient.identifiers', 'too_big']],
    ],
    [
      'an unknown enum value',
      { patient: { ...patient, identifiers: [{ type: 'ssn', value: '1' }] } },
      [['patient.identifiers[0].type', 'invalid_enum']],
    ],
    [
      'a part of an item missing',
      { patient: { ...patient, identifiers: [patient.identifiers[0], { type: 'mrn' }] } },
      [['patient.identifiers[1].value', 'required']],
    ],
    [
      'unknown keys, one issue each',
      { patient: { ...patient, x: 1 }, y: 1, z: 1 },
      [
        ['y', 'unrecognized_keys'],
        ['z', 'unrecognized_keys'],
        ['patient.x', 'unrecognized_keys'],
      ],
    ],
    ['a nullable field of another type, told once', { patient, note: 7 }, [['note', 'invalid_type']]],
    ['a nullable object of another type, told once', { patient, place: 7 }, [['place', 'invalid_type']]],
    [
      'a nullable object with faults of its own',
      { patient, place: { town: 1 } },
      [
        ['place.city', 'required'],
        ['place.town', 'unrecognized_keys'],
      ],
    ],
    ['null where null is not allowed', { patient, count: null }, [['count', 'invalid_type']]],
    ['a value in a map of strings', { patient, metadata: { 'a.b': 1 } }, [['metadata.a.b', 'invalid_type']]],
  ])('with %s', async (_name, body, expected) => {
    expect(await issuesFor(body)).toEqual(expected);
  });

  test('is told about at most fifty fields', async () => {
    const many = Object.fromEntries(Array.from({ length: 9_000 }, (_, index) => [`k${index}`, 1]));
    expect(await issuesFor({ patient, ...many })).toHaveLength(50);
  });

  test('of several kinds is judged as the kind it names', async () => {
    expect(await issuesFor({ type: 'approval', number: '1' }, '/v1/events')).toBe(200);
    expect(await issuesFor({ type: 'approval', reason: 'x' }, '/v1/events')).toEqual([
      ['number', 'required'],
      ['reason', 'unrecognized_keys'],
    ]);
    expect(await issuesFor({ type: 'other' }, '/v1/events')).toEqual([['type', 'invalid_enum']]);
    expect(await issuesFor({ type: 7 }, '/v1/events')).toEqual([['type', 'invalid_type']]);
    expect(await issuesFor({}, '/v1/events')).toEqual([['type', 'required']]);
  });

  test('is never repeated in the answer', async () => {
    const response = await app.inject({
      method: 'POST',
      url: '/v1/widgets',
      payload: {
        patient: { name: 'Jane0Canary', bornOn: 'Canary', identifiers: [{ type: 'Canary', value: 7 }] },
      },
    });
    expect([response.statusCode, response.body.includes('Canary')]).toEqual([400, false]);
  });
});

describe('a query string', () => {
  test('gives typed values and defaults', async () => {
    expect(await queryIssues('')).toEqual({ limit: 25, state: [], deep: null });
    expect(await queryIssues('limit=1&state=open&deep=true&name=a+b%20c&since=2026-03-13')).toEqual({
      limit: 1,
      state: ['open'],
      deep: true,
    });
    expect(await queryIssues('limit=100&state=open&state=closed&deep=false&')).toEqual({
      limit: 100,
      state: ['open', 'closed'],
      deep: false,
    });
  });

  test.each([
    ['limit=0', [['limit', 'too_small']]],
    ['limit=101', [['limit', 'too_big']]],
    ['limit=-1', [['limit', 'invalid_type']]],
    ['limit=1e2', [['limit', 'invalid_type']]],
    ['limit=%2025', [['limit', 'invalid_type']]],
    ['limit=+25', [['limit', 'invalid_type']]],
    ['limit=25;drop', [['limit', 'invalid_type']]],
    ['limit=1.0', [['limit', 'invalid_type']]],
    ['limit=0x10', [['limit', 'invalid_type']]],
    ['limit=', [['limit', 'invalid_type']]],
    ['limit', [['limit', 'invalid_type']]],
    ['limit=%D9%A1', [['limit', 'invalid_type']]],
    [`limit=${'9'.repeat(400)}`, [['limit', 'invalid_type']]],
    ['limit=5&limit=5', [['limit', 'invalid_type']]],
    ['limit[]=5', [['limit[]', 'unrecognized_keys']]],
    ['state=sleeping', [['state', 'invalid_enum']]],
    ['state=open&state=sleeping', [['state', 'invalid_enum']]],
    ['state=open,closed', [['state', 'invalid_enum']]],
    ['state=', [['state', 'invalid_enum']]],
    ['state[]=', [['state[]', 'unrecognized_keys']]],
    ['state[__proto__]=open', [['state[__proto__]', 'unrecognized_keys']]],
    ['__proto__=open', [['__proto__', 'unrecognized_keys']]],
    [
      'constructor=1&hasOwnProperty=1',
      [
        ['constructor', 'unrecognized_keys'],
        ['hasOwnProperty', 'unrecognized_keys'],
      ],
    ],
    [Array(1_000).fill('state=open').join('&'), [['state', 'too_big']]],
    ['since=2026-02-30', [['since', 'invalid_format']]],
    ['since=2026-03-13T17:00:60Z', [['since', 'invalid_format']]],
    ['since=2026-03-13T17:00:00', [['since', 'invalid_format']]],
    ['deep=yes', [['deep', 'invalid_type']]],
    ['name=a&name=b', [['name', 'invalid_type']]],
    ['name=%00', [['name', 'invalid_format']]],
    ['name=%zz', [['name', 'invalid_format']]],
    ['name=%ed%a0%80', [['name', 'invalid_format']]],
    ['%zz=1', [['query', 'invalid_format']]],
    ['LIMIT=1', [['LIMIT', 'unrecognized_keys']]],
  ])('%s is refused under the name of its parameter', async (query, expected) => {
    expect(await queryIssues(query)).toEqual(expected);
  });
});

test('a choice of formats is one issue that names both', async () => {
  const answer = (await app.inject({ url: '/v1/widgets?since=yesterday' })).json();
  expect(answer.issues).toEqual([
    {
      field: 'since',
      code: 'invalid_format',
      message: 'Expected a calendar date (YYYY-MM-DD) or an RFC 3339 timestamp with a time zone.',
    },
  ]);
});

describe('headers', () => {
  const create = (key: string) =>
    app.inject({
      method: 'POST',
      url: '/v1/widgets',
      headers: { 'idempotency-key': key },
      payload: { patient },
    });

  test('are validated under their name', async () => {
    expect((await create('k'.repeat(255))).json()).toEqual({ name: 'Jane', key: 'k'.repeat(255) });
    expect((await create('k'.repeat(256))).json().issues).toMatchObject([
      { field: 'idempotency-key', code: 'too_big' },
    ]);
    expect((await create('')).json().issues).toMatchObject([{ field: 'idempotency-key', code: 'too_small' }]);
  });
});
