import { beforeAll, expect, test } from 'vitest';
import type { Answer, ApiClient } from '../support/api/api-client.ts';
import { readOpenApi } from '../support/api/documented-operations.ts';
import { authorizationsPath, succeed } from '../support/api/sample-case.ts';
import { samplePdf } from '../support/api/sample-documents.ts';
import { useTestServer } from '../support/api/test-server.ts';

const server = useTestServer();

/** An operation's examples, as the reference shows them. */
interface Shown {
  readonly request: Answer['body'];
  readonly answer: Answer['body'];
}

let client: ApiClient;
let document: Answer['body'];

beforeAll(async () => {
  client = await server().newOrganization();
  document = await readOpenApi(client);
});

/** @param sent which of several requests */
function shown(operationId: string, sent?: string): Shown {
  const paths: Answer['body'][] = Object.values(document.paths);
  const operations: Answer['body'][] = paths.flatMap((path) => Object.values(path));
  const { requestBody, responses } = operations.find((operation) => operation.operationId === operationId);
  const answers: Answer['body'][] = Object.values(responses);
  const answered = answers.find(({ content }) => content?.['application/json'].examples !== undefined);
  return {
    request: exampleOf(requestBody?.content['application/json'].examples, sent),
    answer: exampleOf(answered.content['application/json'].examples),
  };
}

function exampleOf(examples: Answer['body'], name = Object.keys(examples ?? {})[0] ?? ''): Answer['body'] {
  return examples?.[name].value;
}

test('the reference shows what the server answers, told as one case', { timeout: 60_000 }, async () => {
  const create = shown('createAuthorization');
  const created = succeed(await client.call('POST', authorizationsPath, create.request));
  expectAsShown(created, create.answer);
  const path = `${authorizationsPath}/${created.id}`;
  expectAsShown(succeed(await client.call('POST', `${path}/preview`)), shown('previewAuthorization').answer);

  const update = shown('updateAuthorization');
  expectAsShown(succeed(await client.call('PATCH', path, update.request)), update.answer);

  const fileId = await upload({});
  const attach = shown('addAttachment');
  const attached = succeed(await client.call('POST', `${path}/attachments`, { ...attach.request, fileId }));
  expectAsShown(attached, attach.answer);

  const submitted = succeed(await client.call('POST', `${path}/submit`));
  expectAsShown(submitted, shown('submitAuthorization').answer);
  expectAsShown(succeed(await client.call('GET', path)), shown('getAuthorization').answer);

  const event = shown('injectPayerEvent', 'informationRequest');
  const asked = await playPayer(created.id, event.request);
  expectAsShown(asked, event.answer);

  const resolve = shown('resolveAction');
  const resolution = { ...resolve.request, attachmentIds: [attached.id] };
  const actionPath = `${path}/actions/${asked.actions[0].id}/resolve`;
  expectAsShown(succeed(await client.call('POST', actionPath, resolution)), resolve.answer);

  succeed(await client.call('POST', `${path}/submit`));
  const approved = await playPayer(created.id, shown('injectPayerEvent', 'approval').request);
  expect(approved.decisionState).toBe('approved');
});

test('the denial of the reference is taken as well', async () => {
  const { id } = succeed(await client.call('POST', authorizationsPath, shown('createAuthorization').request));
  succeed(await client.call('PATCH', `${authorizationsPath}/${id}`, shown('updateAuthorization').request));
  succeed(await client.call('POST', `${authorizationsPath}/${id}/submit`));
  const denied = await playPayer(id, shown('injectPayerEvent', 'denial').request);
  expect(denied.decisionState).toBe('denied');
});

async function playPayer(authorizationId: string, event: Answer['body']): Promise<Answer['body']> {
  const documentFileId = await upload({ purpose: 'sandbox_payer_document' });
  const path = `/v1/sandbox/prior-auth/authorizations/${authorizationId}/payer-events`;
  return succeed(await client.call('POST', path, { ...event, documentFileId }));
}

async function upload(changes: object): Promise<string> {
  const create = shown('createFile');
  const session = succeed(await client.call('POST', '/v1/files', { ...create.request, ...changes }));
  const { file, upload: target } = session;
  const bytes = Buffer.from(await samplePdf());
  succeed(await client.send(target.url, { method: 'PUT', headers: target.headers, body: bytes }));
  const ready = succeed(await client.call('POST', `/v1/files/${file.id}/complete`));
  if (Object.keys(changes).length === 0) {
    expectAsShown(session, create.answer);
    expectAsShown(ready, shown('completeFile').answer);
    expectAsShown(succeed(await client.call('GET', `/v1/files/${file.id}`)), shown('getFile').answer);
  }
  return file.id;
}

/** Differ from run to run, and with them nothing is wrong. */
const ownValue = /(\bid|Id|Ids\.\d+|At|Url|upload\.url|sha256|sizeBytes|pageCount)$/;

/**
 * The example has the answer's fields, no fewer and no more, and its values; lists may be cut short, and what is FHIR
 * may leave fields out.
 */
function expectAsShown(real: Answer['body'], example: Answer['body'], where = ''): void {
  if (Array.isArray(example)) {
    expect(real.length > 0, `whether ${where} holds anything`).toBe(example.length > 0);
    for (const [index, item] of example.entries()) expectAsShown(real[index], item, `${where}.${index}`);
  } else if (typeof example === 'object' && example !== null) {
    const isFhir = /questionnaire/.test(where);
    if (!isFhir) expect(Object.keys(real).sort(), where).toEqual(Object.keys(example).sort());
    for (const [field, value] of Object.entries(example)) {
      expectAsShown(real[field], value, where === '' ? field : `${where}.${field}`);
    }
  } else if (example !== null && ownValue.test(where)) {
    expect(typeof real, where).toBe(typeof example);
  } else {
    expect(real, where).toEqual(example);
  }
}
