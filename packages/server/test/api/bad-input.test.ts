import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { exchange, RawConnection } from '../../src/platform/http/testing/raw-connection.ts';
import {
  type AcceptableRequest,
  acceptableRequests,
  sendJsonText,
} from '../support/api/acceptable-requests.ts';
import type { Answer, ApiClient } from '../support/api/api-client.ts';
import { patchCase } from '../support/api/case-record.ts';
import { operationsOf, pathOf, readOpenApi } from '../support/api/documented-operations.ts';
import {
  adakveoAnswers,
  adakveoCase,
  authorizationsPath,
  createCase,
  succeed,
} from '../support/api/sample-case.ts';
import { tableContents } from '../support/api/table-contents.ts';
import { useTestServer } from '../support/api/test-server.ts';

const server = useTestServer();

let client: ApiClient;
let requests: readonly AcceptableRequest[];
beforeAll(async () => {
  client = await server().newOrganization();
  requests = await acceptableRequests(client);
}, 120_000);

const contents = () => tableContents(server().database);

function expectEnvelope(answer: Answer, status: number, code: string): void {
  expect([answer.status, answer.body?.code]).toEqual([status, code]);
  expect(answer.body.requestId).toBe(answer.headers.get('x-request-id'));
}

test('requests to every operation with a JSON body are tried here', async () => {
  const document = await readOpenApi(client);
  // Those of the claims API ignore fields they do not know, and are tried in claims/.
  const withBody = operationsOf(document).filter(
    ({ body, credentials }) => body !== undefined && credentials === 'bearer',
  );
  expect(new Set(requests.map(({ operationId }) => operationId))).toEqual(
    new Set(withBody.map(({ operationId }) => operationId)),
  );
});

/** Names of the server's own facts, as the API and as the tables spell them. */
const serverOwned = [
  ...['id', 'organizationId', 'organization_id', 'tenantId', 'authorizationId', 'credentialId'],
  ...['workflowState', 'decisionState', 'submissionChannel', 'decisionDetails', 'submitRefused'],
  ...['version', 'eventSequence', 'submissionCount', 'sequence', 'status', 'blocking', 'resolvable'],
  ...['createdAt', 'updatedAt', 'submittedAt', 'completedAt', 'cancelledAt', 'resolvedAt', 'uploadedAt'],
  ...['cancellationReason', 'resolution', 'actions', 'attachments', 'artifacts', 'events', 'payer'],
  ...['template', 'templateId', 'templateVersion', 'questionnaire', 'supportingDocumentationGuidance'],
  ...['storageKey', 'storage_key', 'sha256', 'pageCount', 'problem', 'downloadUrl', 'mimeType'],
  ...['environment', 'role', 'isAdmin', 'answers', 'case_data'],
];

describe('fields that are the server’s', () => {
  test('are refused in every body, and change nothing', { timeout: 120_000 }, async () => {
    const before = await contents();
    for (const request of requests) {
      for (const field of serverOwned.filter((name) => !(name in request.body))) {
        const body = { ...request.body, [field]: 'approved' };
        const answer = await client.call(request.method, request.path, body);
        expect([request.name, field, answer.status, answer.body.issues]).toEqual([
          request.name,
          field,
          400,
          [{ field, code: 'unrecognized_keys', message: 'This field is not known.' }],
        ]);
      }
    }
    expect(await contents()).toEqual(before);
  });

  test.each([
    ['patient', { patient: { ...adakveoCase.patient, id: 'x' } }, 'patient.id'],
    [
      'an address',
      { patient: { ...adakveoCase.patient, address: { ...adakveoCase.patient.address, id: 'x' } } },
      'patient.address.id',
    ],
    [
      'an identifier',
      { patient: { ...adakveoCase.patient, identifiers: [{ type: 'mrn', value: '1', system: 'x' }] } },
      'patient.identifiers[0].system',
    ],
    ['coverage', { coverage: { ...adakveoCase.coverage, templateId: 'x' } }, 'coverage.templateId'],
    ['service', { service: { ...adakveoCase.service, approved: true } }, 'service.approved'],
    ['a provider', { providers: [{ role: 'prescribing', verified: true }] }, 'providers[0].verified'],
    ['a diagnosis', { diagnoses: [{ code: 'D57.00', codeSystem: 'icd_10', rank: 1 }] }, 'diagnoses[0].rank'],
    ['who asks', { requestedBy: { ...adakveoCase.requestedBy, userId: 'x' } }, 'requestedBy.userId'],
    ['a location', { locations: { servicing: { name: 'A', id: 'x' } } }, 'locations.servicing.id'],
    ['the places', { locations: { billing: { name: 'A' } } }, 'locations.billing'],
  ])('are refused inside %s, on create and on update', async (_name, change, field) => {
    const { id } = await createCase(client);
    const before = await contents();
    for (const answer of [
      await client.call('POST', authorizationsPath, { ...adakveoCase, ...change }),
      await patchCase(client, id, change),
    ]) {
      expectEnvelope(answer, 400, 'validation_error');
      expect(answer.body.issues).toMatchObject([{ field, code: 'unrecognized_keys' }]);
    }
    expect(await contents()).toEqual(before);
  });
});

describe('a body that is no acceptable JSON', () => {
  const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
  const utf8 = (text: string) => Buffer.from(text, 'utf8');
  const bodies: readonly (readonly [name: string, bytes: Buffer | string])[] = [
    ['null', 'null'],
    ['a list', '[]'],
    ['a string', '"x"'],
    ['a number', '1'],
    ['true', 'true'],
    ['cut short', '{"a":1'],
    ['with something after it', '{} {}'],
    ['with a comment', '{/* */}'],
    ['single-quoted', "{'a':1}"],
    ['blank', ' \n'],
    ['with a byte order mark', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), utf8('{}')])],
    ['in UTF-16', Buffer.from('{}', 'utf16le')],
    ['not in UTF-8', Buffer.from('{"a":"\xe9"}', 'latin1')],
    ['nested 33 deep', nested(33)],
    ['nested 100,000 deep', '['.repeat(100_000)],
    ['with __proto__', '{"__proto__":{"polluted":1}}'],
    ['with __proto__ in an escape', '{"\\u005f_proto__":{"polluted":1}}'],
    ['with __proto__ further in', '{"metadata":{"a":{"__proto__":{"polluted":1}}}}'],
    ['with constructor.prototype', '{"constructor":{"prototype":{"polluted":1}}}'],
    ['with a name twice', '{"a":1,"a":2}'],
    ['with a name twice, once escaped', '{"a":1,"\\u0061":2}'],
    ['with U+0000', '{"a":"\\u0000"}'],
    ['with U+0000 in a name', '{"\\u0000":1}'],
    ['with half a surrogate pair', '{"a":"\\ud800"}'],
    ['with 1e400', '{"a":1e400}'],
    ['with a number no double holds', '{"a":9007199254740993}'],
    ['with NaN', '{"a":NaN}'],
    ['with 100,000 fields', `{${Array.from({ length: 100_000 }, (_, i) => `"${i}":1`).join(',')}}`],
    ['with 90,000 values', `{"a":[${'1,'.repeat(90_000)}1]}`],
  ];

  test.each(bodies)('but %s is 400 on every operation', async (_name, bytes) => {
    const before = await contents();
    for (const request of requests) {
      const answer = await sendJsonText(client, request, bytes);
      expect([request.name, answer.status, answer.body.code]).toEqual([
        request.name,
        400,
        'validation_error',
      ]);
      // Refused for what it is, and not because the operation knows no such field.
      expect(answer.body.issues).toHaveLength(1);
      expect(['invalid_format', 'invalid_type', 'too_big']).toContain(answer.body.issues[0].code);
      expect(answer.body.requestId).toBe(answer.headers.get('x-request-id'));
    }
    expect(await contents()).toEqual(before);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test('but nothing is 400 where a body is needed', async () => {
    const before = await contents();
    for (const request of requests.filter(({ needsBody }) => needsBody)) {
      const answer = await sendJsonText(client, request, '');
      expect([request.name, answer.status, answer.body.issues]).toMatchObject([
        request.name,
        400,
        [{ field: 'body', code: 'required' }],
      ]);
    }
    expect(await contents()).toEqual(before);
  });

  test('but one byte over 1 MiB is 413', async () => {
    const before = await contents();
    const text = JSON.stringify({ a: 'x'.repeat(1024 * 1024 + 1 - 8) });
    expect(Buffer.byteLength(text)).toBe(1024 * 1024 + 1);
    for (const request of requests) {
      const answer = await sendJsonText(client, request, text);
      expect([request.name, answer.status, answer.body.code]).toEqual([
        request.name,
        413,
        'payload_too_large',
      ]);
    }
    expect(await contents()).toEqual(before);
  });

  test.each([
    ['text', { 'content-type': 'text/plain' }],
    ['JSON in UTF-16', { 'content-type': 'application/json; charset=utf-16' }],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['parts', { 'content-type': 'multipart/form-data; boundary=x' }],
    ['a merge patch', { 'content-type': 'application/merge-patch+json' }],
    ['almost JSON', { 'content-type': 'application/jsonp' }],
    ['compressed', { 'content-type': 'application/json', 'content-encoding': 'gzip' }],
    ['compressed otherwise', { 'content-type': 'application/json', 'content-encoding': 'br' }],
  ])('but %s is 415', async (_name, headers) => {
    const before = await contents();
    for (const request of requests) {
      const text = JSON.stringify(request.body);
      const isGzip = 'content-encoding' in headers && headers['content-encoding'] === 'gzip';
      const answer = await sendJsonText(client, request, isGzip ? gzipSync(text) : text, headers);
      expect([request.name, answer.status, answer.body.code]).toEqual([
        request.name,
        415,
        'unsupported_media_type',
      ]);
    }
    expect(await contents()).toEqual(before);
  });
});

describe('answers', () => {
  function manyItems(length: number, linkId: string) {
    return Array.from({ length }, () => ({ linkId, answer: [] }));
  }

  test.each([
    ['of more fields than a body holds', manyItems(20_001, 'age_years'), 'body', 'too_big'],
    [
      'three thousand for one question',
      manyItems(3_000, 'age_years'),
      'questionnaireResponse.items.age_years',
      'duplicate_link_id',
    ],
    [
      'to a question that is not there',
      [{ linkId: 'no_such', answer: [{ valueInteger: 1 }] }],
      'questionnaireResponse.items.no_such',
      'unknown_link_id',
    ],
    [
      'of another type',
      [{ linkId: 'age_years', answer: [{ valueString: '37' }] }],
      'questionnaireResponse.items.age_years',
      'invalid_type',
    ],
    [
      'with two values in one',
      [{ linkId: 'age_years', answer: [{ valueInteger: 37, valueString: '37' }] }],
      'questionnaireResponse.items.age_years',
      'invalid_type',
    ],
    [
      'beyond 32 bits',
      [{ linkId: 'age_years', answer: [{ valueInteger: 3_000_000_000 }] }],
      'questionnaireResponse.items.age_years',
      'invalid_type',
    ],
    [
      'on a day that is not',
      [{ linkId: 'acknowledgment_date', answer: [{ valueDate: '2026-02-30' }] }],
      'questionnaireResponse.items.acknowledgment_date',
      'invalid_type',
    ],
    [
      'to a group',
      [{ linkId: 'request', answer: [{ valueBoolean: true }] }],
      'questionnaireResponse.items.request',
      'invalid_type',
    ],
    ['that are no list', 'none', 'questionnaireResponse.item', 'invalid_type'],
  ])('%s are refused whole', async (_name, item, field, code) => {
    const created = await createCase(client);
    const before = await contents();
    const good = { linkId: 'genotype', answer: [{ valueCoding: { code: 'hb_ss' } }] };
    const items = Array.isArray(item) ? [good, ...item] : item;
    const questionnaireResponse = { item: items };
    for (const answer of [
      await client.call('POST', authorizationsPath, { ...adakveoCase, questionnaireResponse }),
      await patchCase(client, created.id, { questionnaireResponse, urgency: 'expedited' }),
    ]) {
      expectEnvelope(answer, 400, 'validation_error');
      expect(answer.body.issues).toContainEqual(expect.objectContaining({ field, code }));
      expect(answer.body.issues.length).toBeLessThanOrEqual(100);
    }
    expect(await contents()).toEqual(before);
  });
});

describe('case data', () => {
  const metadata = (value: unknown) => ({ metadata: value });
  test.each([
    [
      'a name of 10,000 combining marks',
      { siteOfCare: `e${'\u0301'.repeat(10_000)}` },
      'siteOfCare',
      'too_big',
    ],
    ['a name of 1 MB', { treatmentPhase: 'x'.repeat(1_000_000) }, 'treatmentPhase', 'too_big'],
    [
      'metadata of 51 names',
      metadata(Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, 'v']))),
      'metadata',
      'too_big',
    ],
    [
      'metadata under a name of 101 letters',
      metadata({ ['k'.repeat(101)]: 'v' }),
      `metadata.${'k'.repeat(101)}`,
      'invalid_format',
    ],
    ['metadata of 1,001 letters', metadata({ k: 'v'.repeat(1_001) }), 'metadata.k', 'too_big'],
    ['metadata that is a number', metadata({ k: 1 }), 'metadata.k', 'invalid_type'],
    [
      'metadata that is an object under a name of two lines',
      metadata({ 'a\nb': { c: 1 } }),
      'metadata.a\nb',
      'invalid_type',
    ],
    [
      '51 providers',
      { providers: Array.from({ length: 51 }, () => ({ role: 'prescribing' })) },
      'providers',
      'too_big',
    ],
    [
      'a birth in the future',
      { patient: { ...adakveoCase.patient, dateOfBirth: '2026-12-31' } },
      'patient.dateOfBirth',
      'too_big',
    ],
    [
      'a birth on 30 February',
      { patient: { ...adakveoCase.patient, dateOfBirth: '1988-02-30' } },
      'patient.dateOfBirth',
      'invalid_format',
    ],
    [
      'a birth in the year 0',
      { patient: { ...adakveoCase.patient, dateOfBirth: '0000-01-01' } },
      'patient.dateOfBirth',
      'invalid_format',
    ],
    [
      'an end before the start',
      { service: { ...adakveoCase.service, requestedEndDate: '2026-03-12' } },
      'service.requestedEndDate',
      'too_small',
    ],
    ['an urgency of old', { urgency: 'urgent' }, 'urgency', 'invalid_enum'],
    [
      'no patient identifiers',
      { patient: { ...adakveoCase.patient, identifiers: [] } },
      'patient.identifiers',
      'too_small',
    ],
  ])('with %s is refused, on create and on update', async (_name, change, field, code) => {
    const created = await createCase(client);
    const before = await contents();
    for (const answer of [
      await client.call('POST', authorizationsPath, { ...adakveoCase, ...change }),
      await patchCase(client, created.id, change),
    ]) {
      expectEnvelope(answer, 400, 'validation_error');
      expect(answer.body.issues).toContainEqual(expect.objectContaining({ field, code }));
    }
    expect(await contents()).toEqual(before);
  });

  test('of any writing comes back as it was sent', async () => {
    const change = {
      siteOfCare: "Krankenhaus “Śródmieście” 診療所 😀 ' ; -- \\ % _ <b> {{y}} \u202e \u0007",
      metadata: { '': '', 'a\nb': '1\r\n2', ключ: '\u00e9 e\u0301', 'k\'"': 'null', k: '\\u0000' },
    };
    const created = succeed(await client.call('POST', authorizationsPath, { ...adakveoCase, ...change }));
    expect(created).toMatchObject(change);
    expect(succeed(await client.call('GET', `${authorizationsPath}/${created.id}`))).toMatchObject(change);
    const [listed] = succeed(await client.call('GET', `${authorizationsPath}?limit=1`)).data;
    expect(listed.metadata).toEqual(change.metadata);
  });

  test('that looks like a social security number is taken, or refused, and in neither case logged', async () => {
    const number = '078-05-1120';
    const before = server().logged().length;
    const answers = {
      item: [...adakveoAnswers.item, { linkId: 'complications', answer: [{ valueString: number }] }],
    };
    const sent = [
      { ...adakveoCase, siteOfCare: number, requestedBy: { firstName: number, lastName: number } },
      { ...adakveoCase, questionnaireResponse: answers },
      { ...adakveoCase, patient: number },
      { ...adakveoCase, [number]: number },
      { ...adakveoCase, urgency: number },
      { ...adakveoCase, coverage: { ...adakveoCase.coverage, insuranceState: number } },
    ];
    const statuses: number[] = [];
    for (const body of sent) statuses.push((await client.call('POST', authorizationsPath, body)).status);
    expect(statuses).toEqual([201, 400, 400, 400, 400, 400]);
    await client.call('GET', `${authorizationsPath}?memberId=${number}&urgency=${number}`);
    await client.call('GET', `${authorizationsPath}/${number}`);
    await client.call('GET', `/v1/${number}`, undefined, { 'idempotency-key': number, 'x-note': number });
    const written = server().logged().slice(before);
    expect(written).toContain('request answered');
    expect(written).not.toContain(number);
  });
});

describe('headers', () => {
  test.each([
    ['empty', ''],
    ['of 256 characters', 'k'.repeat(256)],
    ['with a space', 'a b'],
    ['outside ASCII', 'cl\u00e9'],
    ['of quotes around nothing', '""'],
  ])('with an idempotency key %s are refused', async (_name, key) => {
    const { id } = await createCase(client, { ready: true });
    const before = await contents();
    for (const [path, body] of [
      [authorizationsPath, adakveoCase],
      [`${authorizationsPath}/${id}/submit`, undefined],
    ] as const) {
      const answer = await client.call('POST', path, body, { 'idempotency-key': key });
      expectEnvelope(answer, 400, 'validation_error');
      expect(answer.body.issues).toMatchObject([{ field: 'Idempotency-Key', code: 'invalid_format' }]);
    }
    expect(await contents()).toEqual(before);
  });

  test('with an emoji or two different keys, as raw bytes, are refused', async () => {
    const before = await contents();
    const body = JSON.stringify(adakveoCase);
    for (const lines of [
      `Idempotency-Key: ${Buffer.from('😀').toString('latin1')}\r\n`,
      'Idempotency-Key: a\r\nIdempotency-Key: b\r\n',
    ]) {
      const answer = await exchange(
        Number(new URL(server().baseUrl).port),
        `POST ${authorizationsPath} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${client.bearerToken}\r\n` +
          `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n${lines}\r\n${body}`,
      );
      expect(answer?.status).toBe(400);
      expect(JSON.parse(answer?.body ?? '{}').issues).toMatchObject([{ field: 'Idempotency-Key' }]);
    }
    expect(await contents()).toEqual(before);
  });

  test.each(['x', '"0"', '-1', '1.5', 'W/"1"', '"1", "2"', '"1234567890"', ''])(
    'with If-Match %j are refused',
    async (value) => {
      const { id } = await createCase(client);
      const before = await contents();
      for (const [method, suffix, body] of [
        ['PATCH', '', { urgency: 'expedited' }],
        ['POST', '/submit', undefined],
        ['POST', '/cancel', {}],
        ['DELETE', '/attachments/att_1', undefined],
      ] as const) {
        const answer = await client.call(method, `${authorizationsPath}/${id}${suffix}`, body, {
          'if-match': value,
        });
        const field = 'If-Match';
        expect([method, suffix, answer.status, answer.body.issues]).toMatchObject([
          method,
          suffix,
          400,
          [{ field }],
        ]);
      }
      expect(await contents()).toEqual(before);
    },
  );

  test('that frame a body in two ways are refused, and what hides behind it is not run', async () => {
    const { id } = await createCase(client);
    const before = await contents();
    const bearer = `Authorization: Bearer ${client.bearerToken}\r\n`;
    const hidden = `POST ${authorizationsPath}/${id}/cancel HTTP/1.1\r\nHost: localhost\r\n${bearer}Content-Length: 0\r\n\r\n`;
    const head = `POST ${authorizationsPath} HTTP/1.1\r\nHost: localhost\r\n${bearer}Content-Type: application/json\r\n`;
    for (const framing of [
      `Content-Length: ${5 + hidden.length}\r\nTransfer-Encoding: chunked\r\n`,
      `Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n`,
      `Content-Length: 5\r\nContent-Length: ${5 + hidden.length}\r\n`,
      `Transfer-Encoding : chunked\r\n`,
    ]) {
      const connection = new RawConnection(Number(new URL(server().baseUrl).port));
      await connection.send(`${head}${framing}\r\n0\r\n\r\n${hidden}`).closed;
      const answers = await connection.answers(2);
      expect(answers.map(({ status }) => status)).toEqual([400]);
    }
    expect(await contents()).toEqual(before);
  });

  test('that claim another method, host or address have no effect', async () => {
    const { id } = await createCase(client);
    const before = await contents();
    const lies = {
      'x-http-method-override': 'DELETE',
      'x-method-override': 'PATCH',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      'x-original-url': '/openapi.json',
      forwarded: 'host=evil.example',
    };
    const read = await client.call('GET', `${authorizationsPath}/${id}`, undefined, lies);
    expect([read.status, read.body.id, read.body.version]).toEqual([200, id, 1]);
    expect(await contents()).toEqual(before);
    const opened = await client.call(
      'POST',
      '/v1/files',
      { fileName: 'a', contentType: 'a/b', purpose: 'authorization_attachment' },
      lies,
    );
    expect(new URL(opened.body.upload.url).origin).toBe(server().baseUrl);
  });
});

describe('ids in a path', () => {
  test.each([
    ['U+0000', '%00'],
    ['U+0000 inside', 'a%00b'],
    ['escaped dots', '%2e%2e%2f'],
    ['a way out', '..%2f..%2fhealth'],
    ['a slash', '%2F'],
    ['a backslash', '%5c'],
    ['a quote', "'"],
    ['SQL', "' or 1=1 --"],
    ['a parameter of SQL', '$1'],
    ['a wildcard', '*'],
    ['half an escape', '%'],
    ['no escape', '%zz'],
    ['overlong UTF-8', '%c0%af'],
    ['no UTF-8', '%ff'],
    ['half a surrogate pair', '%ed%a0%80'],
    ['a line break', '%0d%0aX: y'],
    ['an emoji', '%F0%9F%98%80'],
    ['a template', '{{7*7}}'],
    ['a prototype', '__proto__'],
    ['a constructor', 'constructor'],
    ['nothing', 'null'],
    ['256 letters', 'a'.repeat(256)],
    ['257 letters', 'a'.repeat(257)],
    ['5,000 letters', 'a'.repeat(5_000)],
  ])('that are %s name nothing, anywhere', async (_name, id) => {
    const { id: authorizationId } = await createCase(client);
    const before = await contents();
    const behindBearer = operationsOf(await readOpenApi(client)).filter(
      ({ credentials }) => credentials === 'bearer',
    );
    for (const operation of behindBearer) {
      const names = operation.parameters
        .filter((parameter) => parameter.in === 'path')
        .map(({ name }) => name);
      for (const name of names) {
        const path = pathOf(operation, { authorizationId, [name]: encodeURI(id).replaceAll('%25', '%') });
        const body = requests.find(({ operationId }) => operationId === operation.operationId)?.body;
        const answer = await client.call(operation.method, path, body);
        const place = `${operation.operationId} ${name}`;
        expect([place, [400, 404].includes(answer.status), answer.status]).toEqual([
          place,
          true,
          answer.status,
        ]);
        expect(answer.body.requestId).toBe(answer.headers.get('x-request-id'));
      }
    }
    expect(await contents()).toEqual(before);
  });

  test.each([
    '//v1/payers',
    '/v1//payers',
    '/v1/payers/',
    '/V1/payers',
    '/v1/x/../payers',
    '/v1/%70ayers%00',
    '/v1/payers;x=1',
    '/v1/payers%2f..',
  ])('cannot lead from %s to another route', async (path) => {
    const answer = await exchange(
      Number(new URL(server().baseUrl).port),
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${client.bearerToken}\r\n\r\n`,
    );
    expect([400, 404]).toContain(answer?.status);
  });
});
