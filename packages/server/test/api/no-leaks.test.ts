import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Answer, ApiClient } from '../support/api/api-client.ts';
import {
  canaries,
  canariesIn,
  canaryAnswers,
  canaryCase,
  canaryFile,
  canaryWords,
} from '../support/api/canary-case.ts';
import { attach, listEvents, patchCase, sendPayerEvent, submitCase } from '../support/api/case-record.ts';
import { operationsOf, pathOf, readOpenApi } from '../support/api/documented-operations.ts';
import { authorizationsPath, succeed, uploadFile } from '../support/api/sample-case.ts';
import { jobTableText, tableText } from '../support/api/table-contents.ts';
import { useTestServer } from '../support/api/test-server.ts';
import { encryptedPdf } from '../support/api/unreadable-documents.ts';
import { storedEvents } from '../support/encryption/opened-rows.ts';
import { createEndpoint } from '../support/webhooks/webhook-tenant.ts';

/** Calls as the client does and keeps the bodies of all errors. */
function recordErrors(client: ApiClient, errors: Answer[]): ApiClient {
  const keep = (answer: Answer) => {
    if (answer.status >= 400) errors.push(answer);
    return answer;
  };
  return {
    ...client,
    call: async (...arguments_) => keep(await client.call(...arguments_)),
    send: async (...arguments_) => keep(await client.send(...arguments_)),
  };
}

async function attachCanary(client: ApiClient, id: string, bytes?: Uint8Array): Promise<string> {
  const { fileName, label, metadata } = canaryFile;
  const fileId = await uploadFile(client, { fileName, ...(bytes === undefined ? {} : { bytes }) });
  return succeed(await attach(client, id, { fileId, label, metadata })).id;
}

const createBody = { ...canaryCase, questionnaireResponse: canaryAnswers };

function payerEvents(documentFileId: string) {
  const { payerReferenceNumber } = canaryWords;
  return {
    request: {
      type: 'more_info_request',
      documentFileId,
      message: canaryWords.payerMessage,
      requestedDocuments: [canaryWords.requestedDocument],
      resolutionHint: canaryWords.resolutionHint,
    },
    approval: {
      type: 'approval',
      documentFileId,
      certificationNumber: canaryWords.certificationNumber,
      approvedStartDate: '2026-04-17',
      approvedEndDate: '2026-10-23',
      approvalExpiresAt: '2026-10-23T23:59:59.000Z',
      payerReferenceNumber,
    },
    denial: {
      type: 'denial',
      documentFileId,
      denialReasonCode: canaryWords.denialReasonCode,
      denialReasonMessage: canaryWords.denialReasonMessage,
      payerReferenceNumber,
    },
  };
}

/** The text of every file below a directory. */
async function readTree(directory: string): Promise<string> {
  const files = (await readdir(directory, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  const texts = await Promise.all(
    files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'utf8')),
  );
  return texts.join('\n');
}

describe('what a clinic writes', () => {
  const server = useTestServer();
  const errors: Answer[] = [];
  const caseIds: string[] = [];
  let client: ApiClient;

  async function create(key: string): Promise<string> {
    const { id } = succeed(
      await client.call('POST', authorizationsPath, createBody, { 'idempotency-key': key }),
    );
    caseIds.push(id);
    return id;
  }

  beforeAll(async () => {
    client = recordErrors(await server().newOrganization(), errors);
    await createEndpoint(client, { url: 'https://clinic.example/' });
    await goWholeWay();
    await goWrongWays();
  }, 180_000);

  /** Draft, documents, submit, request for information, resubmit, approval; a denial; a cancellation. */
  async function goWholeWay() {
    const id = await create(canaryWords.idempotencyKey);
    const path = `${authorizationsPath}/${id}`;
    const attachmentId = await attachCanary(client, id);
    succeed(await patchCase(client, id, createBody));
    succeed(await client.call('POST', `${path}/preview`));
    succeed(await submitCase(client, id, `${canaryWords.idempotencyKey}-submit`));
    const document = await uploadFile(client, {
      purpose: 'sandbox_payer_document',
      fileName: canaryFile.fileName,
    });
    const events = payerEvents(document);
    const asked = succeed(await sendPayerEvent(client, id, events.request));
    const resolution = { attachmentIds: [attachmentId], note: canaryWords.resolutionNote };
    const [action] = asked.actions;
    succeed(await client.call('POST', `${path}/actions/${action.id}/resolve`, resolution));
    succeed(await submitCase(client, id));
    succeed(await sendPayerEvent(client, id, events.approval));
    const denied = await create('second');
    succeed(await submitCase(client, denied));
    succeed(await sendPayerEvent(client, denied, events.denial));
    const cancelled = await create('third');
    succeed(
      await client.call('POST', `${authorizationsPath}/${cancelled}/cancel`, {
        reason: canaryWords.cancelReason,
      }),
    );
    const query = new URLSearchParams({ memberId: canaryCase.coverage.memberId });
    succeed(await client.call('GET', `${authorizationsPath}?${query}`));
  }

  /** Every kind of refusal, with the canaries in it. */
  async function goWrongWays() {
    const id = await create('fourth');
    const path = `${authorizationsPath}/${id}`;
    const { firstName, lastName } = canaryCase.patient;
    const bodies: readonly object[] = [
      { ...createBody, patient: { ...canaryCase.patient, dateOfBirth: lastName } },
      { ...createBody, patient: firstName },
      { ...createBody, patient: { ...canaryCase.patient, gender: lastName, firstName: [firstName] } },
      { ...createBody, urgency: canaryWords.payerMessage },
      { ...createBody, providers: [{ ...canaryCase.providers[0], role: lastName }] },
      { ...createBody, coverage: { ...canaryCase.coverage, insuranceState: lastName } },
      { ...createBody, metadata: { reference: [canaryCase.metadata.canaryReference] } },
      { ...createBody, questionnaireResponse: lastName },
      answer('age_years', { valueString: lastName }),
      answer('age_years', { valueInteger: 'x', valueString: lastName }),
      answer('genotype', { valueCoding: { code: lastName } }),
      answer('acknowledgment_date', { valueDate: lastName }),
      answer('body_weight', { valueQuantity: { value: lastName } }),
      answer('therapy_drug', { valueString: lastName }),
      answer('under_16_rationale', { valueString: lastName }),
      answer('note', { valueAttachment: { url: lastName } }),
    ];
    for (const body of bodies) {
      await client.call('POST', authorizationsPath, body, { 'idempotency-key': 'once' });
      await patchCase(client, id, body);
    }
    await client.call(
      'POST',
      authorizationsPath,
      { ...createBody, siteOfCare: 'other' },
      { 'idempotency-key': 'fourth' },
    );
    await client.call('PATCH', path, createBody, { 'if-match': `"${lastName}"` });
    await client.call('PATCH', path, createBody, { 'if-match': '"99"' });
    await client.send(path, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: `{"a":"${lastName}"`,
    });
    await client.send(path, {
      method: 'PATCH',
      headers: { 'content-type': lastName.slice(0, 5) },
      body: lastName,
    });
    for (const place of [
      `${authorizationsPath}/${encodeURIComponent(lastName)}`,
      `/v1/files/${firstName}`,
      `/v1/payers/${firstName}`,
      `/v1/${firstName}/x`,
      `${authorizationsPath}?urgency=${firstName}&memberId=${firstName}`,
      `${authorizationsPath}?createdAfter=${firstName}`,
      `${authorizationsPath}?cursor=${firstName}`,
      `/v1/files/${firstName}/download?expires=1&signature=${firstName}`,
    ]) {
      await client.call('GET', place);
    }
    await client.call('DELETE', `${path}/attachments/${firstName}`);
    await client.call('POST', `${path}/actions/${firstName}/resolve`, { note: canaryWords.resolutionNote });
    await attach(client, id, { fileId: firstName, label: canaryFile.label });
    await client.call('POST', '/v1/files', {
      fileName: canaryFile.fileName,
      contentType: 'a/b',
      purpose: firstName,
    });
    await sendPayerEvent(client, id, payerEvents(firstName).approval);
    await submitIncomplete();
    await submitUnreadable();
  }

  /** Refused with `validation_failed`, then because of the actions that opened. */
  async function submitIncomplete() {
    const created = succeed(await client.call('POST', authorizationsPath, canaryCase));
    caseIds.push(created.id);
    await submitCase(client, created.id);
    await submitCase(client, created.id);
    await patchCase(client, created.id, answer('dose_mg_per_kg', { valueDecimal: 64.53187 }));
  }

  async function submitUnreadable() {
    const id = await create('fifth');
    await attachCanary(client, id, await encryptedPdf());
    await submitCase(client, id);
    succeed(await client.call('POST', `${authorizationsPath}/${id}/preview`));
  }

  function answer(linkId: string, value: object) {
    return { questionnaireResponse: { item: [{ linkId, answer: [value] }] } };
  }

  test('stands in the case it was written for', async () => {
    expect(canaries.length).toBeGreaterThan(45);
    const shown = await Promise.all(caseIds.map((id) => client.call('GET', `${authorizationsPath}/${id}`)));
    const found = canariesIn(JSON.stringify(shown.map(({ body }) => body)));
    const missing = canaries.filter((word) => !found.includes(word));
    expect(missing).toEqual([canaryWords.idempotencyKey]);
  });

  test('does not stand in the log', () => {
    const log = server().logged();
    expect(log.split('\n').length).toBeGreaterThan(80);
    expect(log.split('\n').filter((line) => canariesIn(line).length > 0)).toEqual([]);
  });

  test('does not stand in the tables of the job queue', async () => {
    const text = await jobTableText(server().database);
    expect(text).toContain('deliver-submission');
    expect(canariesIn(text)).toEqual([]);
  });

  test('does not stand in the payload of an event', async () => {
    const events = (await Promise.all(caseIds.map((id) => listEvents(client, id)))).flat();
    expect(new Set(events.map(({ type }) => type)).size).toBeGreaterThanOrEqual(14);
    expect(events.filter((event) => canariesIn(JSON.stringify(event)).length > 0)).toEqual([]);
    const stored = await server().database.query<{ text: string }>(
      'select payload::text as text from prior_authorization_event',
    );
    expect(stored.filter(({ text }) => canariesIn(text).length > 0)).toEqual([]);
  });

  test('does not stand in what webhooks tell', async () => {
    const told = await storedEvents(server());
    expect(told.length).toBeGreaterThan(50);
    expect(told.filter(({ body }) => canariesIn(body).length > 0)).toEqual([]);
  });

  test('does not stand in the audit trail, on its way there, nor in what is told of it outside', async () => {
    const directory = join(server().dataDirectory, 'audit');
    const journalled = await readTree(directory);
    expect(journalled).toContain('"operation":"createAuthorization"');
    await server().app.audit.moveJournal();
    await server().app.audit.exportHeads();
    const rows = await tableText(server().database, ['audit_entry', 'audit_head']);
    expect(rows.split('\n').length).toBeGreaterThan(80);
    expect(canariesIn(journalled + rows + (await readTree(directory)))).toEqual([]);
  });

  test('does not stand in the body of an error', () => {
    const codes = new Set(errors.map(({ body }) => body.code));
    for (const code of [
      'validation_error',
      'validation_failed',
      'authorization_not_found',
      'version_conflict',
    ]) {
      expect(codes).toContain(code);
    }
    expect(errors.length).toBeGreaterThan(50);
    expect(errors.filter(({ status }) => status >= 500)).toEqual([]);
    expect(
      errors.map(({ body }) => JSON.stringify(body)).filter((body) => canariesIn(body).length > 0),
    ).toEqual([]);
  });
});

describe('a failure that quotes what was written', () => {
  const server = useTestServer({ workers: false, settings: { PRECERT_SUBMIT_WAIT_MS: '0' } });
  const quoting = Object.assign(new Error(`invalid input: "${canaryCase.patient.lastName}"`), {
    code: '22P02',
    detail: canaryCase.coverage.memberId,
  });
  afterEach(() => vi.restoreAllMocks());

  test('of a request is a 500 that says nothing, and a log line without the quotation', async () => {
    const client = await server().newOrganization();
    vi.spyOn(server().app.priorAuthorization.files.inspector, 'inspect').mockRejectedValue(quoting);
    const before = server().logged().length;
    await expect(uploadFile(client)).rejects.toThrow(/^500: \{"code":"internal_error"/);
    const written = server().logged().slice(before);
    expect(written).toContain('22P02');
    expect(canariesIn(written)).toEqual([]);
  });

  test('of a job is kept without the quotation, in the log and beside the job', async () => {
    const client = await server().newOrganization();
    const besideTheJob: string[] = [];
    vi.spyOn(server().app.priorAuthorization.documents, 'renderPacket').mockImplementation(async () => {
      besideTheJob.push(await jobTableText(server().database));
      throw quoting;
    });
    const { id } = succeed(await client.call('POST', authorizationsPath, createBody));
    expect(succeed(await submitCase(client, id)).workflowState).toBe('submitting');
    await server().app.jobs.drain({ includeDelayed: true });
    const path = `${authorizationsPath}/${id}`;
    expect(succeed(await client.call('GET', path)).workflowState).toBe('ready_to_submit');
    const submissions = succeed(await client.call('GET', `${path}/submissions`));
    expect(submissions.data).toMatchObject([{ status: 'failed', failure: { code: 'packet_not_rendered' } }]);
    expect(canariesIn(JSON.stringify(submissions))).toEqual([]);
    expect(besideTheJob.length).toBeGreaterThan(1);
    expect(besideTheJob.at(-1)).toContain('NotSentError');
    expect(canariesIn(besideTheJob.join() + (await jobTableText(server().database)))).toEqual([]);
    expect(server().logged()).toContain('a packet could not be made');
    expect(canariesIn(server().logged())).toEqual([]);
  });
});

describe('answers of every route', () => {
  const server = useTestServer();
  const always = {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
    'cross-origin-resource-policy': 'same-origin',
    'strict-transport-security': 'max-age=31536000; includeSubDomains',
    'x-request-id': expect.stringMatching(/^req_[0-9a-f]{32}$/),
  };
  const talkative = [
    'server',
    'x-powered-by',
    'via',
    'access-control-allow-origin',
    'set-cookie',
    'x-response-time',
  ];

  function expectSecure(answer: Answer, changes: Readonly<Record<string, unknown>> = {}): void {
    const headers = Object.fromEntries(answer.headers);
    expect(headers).toMatchObject({
      ...always,
      'cache-control': 'no-store',
      'content-security-policy': expect.stringMatching(/^default-src 'none'; frame-ancestors 'none'/),
      ...changes,
    });
    expect(talkative.filter((name) => name in headers)).toEqual([]);
    if (answer.status !== 204 && typeof answer.body === 'object') {
      expect(headers['content-type']).toBe('application/json; charset=utf-8');
    }
  }

  test('are closed to browsers, caches and the curious', async () => {
    const client = await server().newOrganization();
    const anonymous = { authorization: 'Bearer nobody', origin: 'https://elsewhere.example' };
    for (const operation of operationsOf(await readOpenApi(client))) {
      const path = pathOf(operation);
      const body = operation.body === undefined ? undefined : {};
      expectSecure(await client.call(operation.method, path, body, { origin: 'https://elsewhere.example' }));
      expectSecure(await client.call(operation.method, path, body, anonymous));
      const wrongMethod = await client.call('OPTIONS', path);
      const isClaims = ['client', 'account'].includes(operation.credentials);
      const { code, success } = wrongMethod.body;
      expect([operation.path, wrongMethod.status, isClaims ? success : code]).toEqual([
        operation.path,
        405,
        isClaims ? false : 'method_not_allowed',
      ]);
      expectSecure(wrongMethod);
      expect(wrongMethod.headers.get('allow')).toContain(operation.method);
    }
    const unknown = await client.call('GET', '/v1/nothing');
    expect([unknown.status, unknown.body.code]).toEqual([404, 'not_found']);
    expectSecure(unknown);
    vi.spyOn(server().app.priorAuthorization.templates, 'findPayer').mockImplementation(() => {
      throw new Error('of a kind nobody foresaw');
    });
    const failed = await client.call('GET', '/v1/payers/payer_aetna');
    vi.restoreAllMocks();
    expect([failed.status, failed.body.message]).toEqual([500, 'The server could not process the request.']);
    expect(Object.keys(failed.body).toSorted()).toEqual(['code', 'message', 'requestId', 'retryable']);
    expectSecure(failed);
  });

  test('of the pages for people are as closed as pages can be', async () => {
    const client = await server().newOrganization();
    const page = {
      'content-security-policy': expect.stringMatching(/^default-src 'none'; script-src 'self'/),
    };
    expectSecure(await client.call('GET', '/docs'), page);
    expectSecure(await client.call('GET', '/docs/start.js'));
    expectSecure(await client.call('GET', '/docs/reference.js'), {
      'cache-control': 'private, max-age=3600',
    });
    expectSecure(await client.call('GET', '/openapi.json'), { 'cache-control': 'no-cache' });
  });

  test('come from the routes that are documented, and from no others', async () => {
    const client = await server().newOrganization();
    const documented = operationsOf(await readOpenApi(client)).map(({ method, path }) => `${method} ${path}`);
    const forPeople = ['GET /docs', 'GET /docs/reference.js', 'GET /docs/start.js', 'GET /openapi.json'];
    const served = servedRoutes(server().app.http.printRoutes({ commonPrefix: false }));
    expect(served.toSorted()).toEqual([...documented, ...forPeople].toSorted());
    expect(served.length).toBeGreaterThan(20);
  });
});

/** `METHOD /path` for each leaf of the router's printed tree, without HEAD, which every GET has. */
function servedRoutes(tree: string): readonly string[] {
  const trail: string[] = [];
  return tree.split('\n').flatMap((line) => {
    const [, indent, segment, methods] = /^([│ ]*)[├└]── (\S+)(?: \((.+)\))?$/.exec(line) ?? [];
    if (indent === undefined || segment === undefined) return [];
    trail.length = indent.length / 4;
    trail.push(segment);
    const path = trail.join('').replace(/:(\w+)/g, '{$1}');
    const listed = methods?.split(', ') ?? [];
    return listed.filter((method) => method !== 'HEAD').map((method) => `${method} ${path}`);
  });
}
