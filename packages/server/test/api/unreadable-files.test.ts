import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { soundTemplate, writeCatalog } from '../../src/catalog/catalog-for-tests.ts';
import { answering } from '../support/api/answers.ts';
import type { Answer, ApiClient } from '../support/api/api-client.ts';
import {
  attach,
  expectUnchanged,
  listEventTypes,
  patchCase,
  readCase,
  submitCase,
} from '../support/api/case-record.ts';
import {
  adakveoCase,
  authorizationsPath,
  createCase,
  succeed,
  uploadFile,
} from '../support/api/sample-case.ts';
import { useTestServer } from '../support/api/test-server.ts';
import { damagedPdf, encryptedPdf } from '../support/api/unreadable-documents.ts';
import { replaceStoredBytes } from '../support/api/upload-session.ts';

/** A form that takes files as answers; the shipped ones do not. */
const catalog = await writeCatalog({
  'payers.json': {
    payers: [{ id: 'payer_files', slug: 'files', displayName: 'Files', aliases: [], supportedStates: ['*'] }],
  },
  'templates/files/letters/template.json': {
    ...soundTemplate(),
    id: 'files',
    match: { ...soundTemplate().match, payerId: 'payer_files' },
    requirementGroups: [],
  },
  'templates/files/letters/questionnaire.json': {
    resourceType: 'Questionnaire',
    url: 'https://example.org/questionnaires/files',
    title: 'Files',
    status: 'active',
    item: [
      { linkId: 'start', text: 'Start of treatment', type: 'boolean', required: true },
      { linkId: 'letter', text: 'Letter', type: 'attachment' },
      {
        linkId: 'visit',
        text: 'Visit',
        type: 'group',
        repeats: true,
        item: [{ linkId: 'report', text: 'Report', type: 'attachment' }],
      },
    ],
  },
});
afterAll(() => catalog.remove());

const server = useTestServer({ settings: { PRECERT_CATALOG_DIR: catalog.directory } });
let client: ApiClient;
beforeEach(async () => {
  client = await server().newOrganization();
});

const fileForm = { ...adakveoCase, coverage: { ...adakveoCase.coverage, payerId: 'payer_files' } };
const started = answering({ start: { valueBoolean: true } });
const letter = (fileId: string) => answering({ letter: { valueAttachment: { url: fileId } } });

async function createFileCase(body: object = started): Promise<Answer['body']> {
  return succeed(await client.call('POST', authorizationsPath, { ...fileForm, ...body }));
}

async function preview(id: string): Promise<Answer['body']> {
  return succeed(await client.call('POST', `${authorizationsPath}/${id}/preview`));
}

/** As if it had been judged readable wrongly. */
function spoil(fileId: string): Promise<void> {
  return replaceStoredBytes(server(), client, fileId, damagedPdf());
}

describe('a file given as an answer', { timeout: 60_000 }, () => {
  test('is refused when no packet can hold its type, as an attachment is', async () => {
    const { id } = await createFileCase();
    const fileId = await uploadFile(client, {
      contentType: 'text/plain',
      bytes: new TextEncoder().encode('a note'),
    });
    const answer = await expectUnchanged(client, id, () => patchCase(client, id, letter(fileId)));
    expect(answer).toMatchObject({ status: 409, body: { code: 'unsupported_attachment_mime_type' } });
    const created = await client.call('POST', authorizationsPath, { ...fileForm, ...letter(fileId) });
    expect(created.body.code).toBe('unsupported_attachment_mime_type');
  });

  test('and protected by a password is named, blocks the submit, and is mended by another answer', async () => {
    const { id } = await createFileCase();
    const fileId = await uploadFile(client, { bytes: await encryptedPdf(), fileName: 'locked.pdf' });
    const answered = succeed(await patchCase(client, id, letter(fileId)));
    const issue = {
      code: 'attachment_unreadable',
      field: 'questionnaireResponse.items.letter',
      relatedKeys: ['questionnaire.letter'],
      message: expect.stringContaining('locked.pdf'),
    };
    expect(answered).toMatchObject({
      workflowState: 'action_required',
      actions: [{ status: 'open', ...issue }],
    });
    expect(await preview(id)).toMatchObject({
      submittable: false,
      validationIssues: expect.arrayContaining([expect.objectContaining(issue)]),
    });
    expect((await submitCase(client, id)).body.code).toBe('authorization_not_submittable');

    const readable = succeed(await patchCase(client, id, letter(await uploadFile(client))));
    expect(readable.workflowState).toBe('ready_to_submit');
    expect(succeed(await submitCase(client, id)).workflowState).toBe('pending_payer');
  });

  test('is judged when the case is created', async () => {
    const fileId = await uploadFile(client, { bytes: await encryptedPdf() });
    const { item } = letter(fileId).questionnaireResponse;
    const response = { questionnaireResponse: { item: [...started.questionnaireResponse.item, ...item] } };
    expect(await createFileCase(response)).toMatchObject({
      workflowState: 'action_required',
      actions: [{ code: 'attachment_unreadable', field: 'questionnaireResponse.items.letter' }],
    });
  });

  test('inside a repeating group is found by its place', async () => {
    const { id } = await createFileCase();
    const fileIds = [await uploadFile(client), await uploadFile(client, { bytes: damagedPdf() })];
    const item = fileIds.map((url) => ({
      linkId: 'visit',
      item: [{ linkId: 'report', answer: [{ valueAttachment: { url } }] }],
    }));
    const { actions } = succeed(await patchCase(client, id, { questionnaireResponse: { item } }));
    expect(actions).toMatchObject([{ field: 'questionnaireResponse.items.visit[1].report' }]);
  });
});

describe('a file that only the renderer finds unreadable', { timeout: 60_000 }, () => {
  const given = [
    {
      how: 'attached',
      prepare: async (fileId: string) => {
        const { id } = await createCase(client, { ready: true });
        const { id: attachmentId } = succeed(await attach(client, id, { fileId, label: 'Report' }));
        return { id, field: `attachments.${attachmentId}` };
      },
    },
    {
      how: 'given as an answer',
      prepare: async (fileId: string) => {
        const { id } = await createFileCase();
        succeed(await patchCase(client, id, letter(fileId)));
        return { id, field: 'questionnaireResponse.items.letter' };
      },
    },
  ];

  test.each(given)(
    '$how, fails one submit and then stands as an action, not as a loop',
    async ({ prepare }) => {
      const fileId = await uploadFile(client);
      const { id, field } = await prepare(fileId);
      await spoil(fileId);
      expect(succeed(await submitCase(client, id))).toMatchObject({
        workflowState: 'action_required',
        actions: [{ status: 'open', code: 'attachment_unreadable', field }],
      });
      expect((await submitCase(client, id)).body.code).toBe('authorization_not_submittable');
      const { submissions } = await readCase(client, id);
      expect(submissions).toMatchObject([{ status: 'failed', failure: { code: 'attachment_unreadable' } }]);
    },
  );

  test.each(given)('$how, is settled by the preview that finds it', async ({ prepare }) => {
    const fileId = await uploadFile(client);
    const { id, field } = await prepare(fileId);
    await spoil(fileId);
    const { version } = (await readCase(client, id)).authorization;
    expect(await preview(id)).toMatchObject({ submittable: false, workflowState: 'action_required' });
    expect((await readCase(client, id)).authorization).toMatchObject({
      version: version + 1,
      workflowState: 'action_required',
      actions: [{ status: 'open', code: 'attachment_unreadable', field }],
    });
    expect((await listEventTypes(client, id)).slice(-3)).toEqual([
      'action.opened',
      'authorization.state_changed',
      'authorization.previewed',
    ]);
  });

  test('is found by another case that holds it at its submit, which is refused', async () => {
    const fileId = await uploadFile(client);
    const [first, second] = [await createFileCase(), await createFileCase()];
    for (const { id } of [first, second]) succeed(await patchCase(client, id, letter(fileId)));
    await spoil(fileId);
    await preview(first.id);
    const refused = await submitCase(client, second.id);
    expect(refused).toMatchObject({ status: 409, body: { code: 'validation_failed' } });
    expect((await readCase(client, second.id)).authorization.workflowState).toBe('action_required');
  });
});
