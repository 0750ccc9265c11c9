import { beforeAll, expect, test } from 'vitest';
import type { Answer, ApiClient } from '../support/api/api-client.ts';
import { authorizationsPath, succeed } from '../support/api/sample-case.ts';
import { samplePdf } from '../support/api/sample-documents.ts';
import {
  expectAsShown as expectFieldsAsShown,
  readShownExamples,
  type ShownExamples,
} from '../support/api/shown-examples.ts';
import { useTestServer } from '../support/api/test-server.ts';

const server = useTestServer();

let client: ApiClient;
let shown: ShownExamples;

beforeAll(async () => {
  client = await server().newOrganization();
  shown = await readShownExamples(client);
});

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

function expectAsShown(real: Answer['body'], example: Answer['body']): void {
  expectFieldsAsShown(real, example, ownValue);
}
