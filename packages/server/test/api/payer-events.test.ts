import { describe, expect, test } from 'vitest';
import type { Answer, ApiClient } from '../support/api/api-client.ts';
import { attach, expectUnchanged, readCase, sendPayerEvent, submitCase } from '../support/api/case-record.ts';
import {
  approval,
  authorizationsPath,
  createCase,
  createCaseInState,
  denial,
  informationRequest,
  succeed,
  uploadFile,
} from '../support/api/sample-case.ts';
import { samplePdf } from '../support/api/sample-documents.ts';
import { useTestServer } from '../support/api/test-server.ts';

const server = useTestServer();
const now = '2026-03-13T17:00:00.000Z';

/** A submitted case and a document of the payer. */
async function awaitingPayer() {
  const client = await server().newOrganization();
  const { id } = await createCaseInState(client, 'pending_payer');
  const documentFileId = await uploadFile(client, {
    purpose: 'sandbox_payer_document',
    fileName: 'letter.pdf',
  });
  return { client, id, documentFileId };
}

/** Only the fields of an event that the payer's word is about. */
function factsOf(event: object): object {
  return Object.fromEntries(
    Object.entries(event).filter(([field]) => field !== 'type' && field !== 'documentFileId'),
  );
}

describe('a decision', () => {
  test.each([
    { decision: 'approved', event: approval },
    { decision: 'denied', event: denial },
  ])('$decision is told in decisionDetails, word for word', async ({ decision, event }) => {
    const { client, id, documentFileId } = await awaitingPayer();
    const answer = await sendPayerEvent(client, id, event(documentFileId));
    expect(answer).toMatchObject({
      status: 200,
      body: { workflowState: 'completed', decisionState: decision },
    });
    expect(answer.headers.get('etag')).toBe(`"${answer.body.version}"`);
    expect(answer.body.decisionDetails).toEqual({
      decision,
      ...factsOf(event(documentFileId)),
      payerReferenceNumber: null,
      artifactId: expect.stringMatching(/^art_/),
      decidedAt: now,
    });
    expect(answer.body).toMatchObject({
      completedAt: now,
      actions: [],
      submissionChannel: 'fax',
      cancelledAt: null,
    });
    expect((await readCase(client, id)).authorization).toEqual(answer.body);
  });

  test.each([
    { decision: 'approval', event: approval },
    { decision: 'denial', event: denial },
  ])("of an $decision keeps the payer's reference number", async ({ event }) => {
    const { client, id, documentFileId } = await awaitingPayer();
    const decided = succeed(
      await sendPayerEvent(client, id, { ...event(documentFileId), payerReferenceNumber: 'REF-7' }),
    );
    expect(decided.decisionDetails.payerReferenceNumber).toBe('REF-7');
  });

  test.each(['2026-03-16', '2026-03-16T00:00:00.000Z', '2026-03-16T09:30:00+02:00'])(
    'of an approval takes %s as a date',
    async (date) => {
      const { client, id, documentFileId } = await awaitingPayer();
      const dates = { approvedStartDate: date, approvedEndDate: date, approvalExpiresAt: date };
      const decided = succeed(await sendPayerEvent(client, id, { ...approval(documentFileId), ...dates }));
      for (const told of Object.keys(dates)) {
        expect(new Date(decided.decisionDetails[told]).getTime()).toBe(new Date(date).getTime());
      }
    },
  );
});

describe("the payer's document", () => {
  test.each([
    { event: approval, kind: 'payer_approval', label: 'Payer approval' },
    { event: denial, kind: 'payer_denial', label: 'Payer denial' },
    { event: informationRequest, kind: 'payer_information_request', label: 'Payer request for information' },
  ])('becomes an artifact of kind $kind that can be downloaded', async ({ event, kind, label }) => {
    const { client, id } = await awaitingPayer();
    const bytes = await samplePdf(2);
    const documentFileId = await uploadFile(client, { purpose: 'sandbox_payer_document', bytes });
    succeed(await sendPayerEvent(client, id, event(documentFileId)));
    const { artifacts } = await readCase(client, id);
    const own = artifacts.filter((artifact) => artifact.kind === kind);
    expect(own).toEqual([
      {
        id: expect.stringMatching(/^art_/),
        authorizationId: id,
        fileId: documentFileId,
        kind,
        label,
        mimeType: 'application/pdf',
        metadata: {},
        downloadUrl: expect.stringContaining(documentFileId),
        createdAt: now,
      },
    ]);
    const response = await fetch(own[0].downloadUrl, {
      headers: { authorization: `Bearer ${client.bearerToken}` },
    });
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes);
  });

  test.each([
    { what: 'of no file', code: 'file_not_found', status: 404, file: async () => 'file_none' },
    {
      what: "of another organization's file",
      code: 'file_not_found',
      status: 404,
      file: async () => uploadFile(await server().newOrganization(), { purpose: 'sandbox_payer_document' }),
    },
    {
      what: 'that was uploaded as an attachment',
      code: 'file_purpose_mismatch',
      status: 409,
      file: (client: ApiClient) => uploadFile(client),
    },
    {
      what: 'whose upload is not completed',
      code: 'file_not_ready',
      status: 409,
      file: async (client: ApiClient) => {
        const session = {
          fileName: 'letter.pdf',
          contentType: 'application/pdf',
          purpose: 'sandbox_payer_document',
        };
        return succeed(await client.call('POST', '/v1/files', session)).file.id;
      },
    },
  ])('$what is refused as $code', async ({ code, status, file }) => {
    const { client, id } = await awaitingPayer();
    for (const event of [approval, denial, informationRequest]) {
      const fileId = await file(client);
      const answer = await expectUnchanged(client, id, () => sendPayerEvent(client, id, event(fileId)));
      expect(answer).toMatchObject({ status, body: { code } });
    }
  });
});

describe('a payer event', () => {
  const file = 'file_1';
  test.each([
    { issue: { field: 'type', code: 'required' }, event: { documentFileId: file } },
    {
      issue: { field: 'type', code: 'invalid_enum' },
      event: { ...approval(file), type: 'partial_approval' },
    },
    {
      issue: { field: 'documentFileId', code: 'required' },
      event: { ...denial(file), documentFileId: undefined },
    },
    {
      issue: { field: 'certificationNumber', code: 'required' },
      event: { ...approval(file), certificationNumber: undefined },
    },
    {
      issue: { field: 'approvedStartDate', code: 'required' },
      event: { ...approval(file), approvedStartDate: undefined },
    },
    {
      issue: { field: 'approvedEndDate', code: 'required' },
      event: { ...approval(file), approvedEndDate: undefined },
    },
    {
      issue: { field: 'approvalExpiresAt', code: 'invalid_format' },
      event: { ...approval(file), approvalExpiresAt: 'in autumn' },
    },
    {
      issue: { field: 'approvedStartDate', code: 'invalid_format' },
      event: { ...approval(file), approvedStartDate: '2026-02-30' },
    },
    {
      issue: { field: 'denialReasonCode', code: 'required' },
      event: { ...denial(file), denialReasonCode: undefined },
    },
    {
      issue: { field: 'denialReasonMessage', code: 'required' },
      event: { ...denial(file), denialReasonMessage: undefined },
    },
    {
      issue: { field: 'certificationNumber', code: 'unrecognized_keys' },
      event: { ...denial(file), certificationNumber: 'CERT-1' },
    },
    {
      issue: { field: 'message', code: 'required' },
      event: { ...informationRequest(file), message: undefined },
    },
    {
      issue: { field: 'requestedDocuments', code: 'required' },
      event: { ...informationRequest(file), requestedDocuments: undefined },
    },
    {
      issue: { field: 'requestedDocuments[0]', code: 'invalid_type' },
      event: { ...informationRequest(file), requestedDocuments: [7] },
    },
  ])('is refused when $issue.field is $issue.code', async ({ issue, event }) => {
    const { client, id } = await awaitingPayer();
    const answer = await expectUnchanged(client, id, () => sendPayerEvent(client, id, event));
    expect(answer).toMatchObject({ status: 400, body: { code: 'validation_error' } });
    expect(answer.body.issues.map(({ field, code }: Answer['body']) => ({ field, code }))).toEqual([issue]);
  });

  test('is taken once however many arrive at the same time', async () => {
    const { client, id, documentFileId } = await awaitingPayer();
    const events = [approval, denial, approval, informationRequest].map((event) => event(documentFileId));
    const answers = await Promise.all(events.map((event) => sendPayerEvent(client, id, event)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409, 409]);
    for (const { status, body } of answers)
      if (status === 409) expect(body.code).toBe('inbound_event_not_allowed_for_state');
    const { artifacts } = await readCase(client, id);
    expect(artifacts.filter(({ kind }) => kind.startsWith('payer_'))).toHaveLength(1);
  });

  test('and a cancel at the same time: what is answered is what has happened', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { client, id, documentFileId } = await awaitingPayer();
      const [decision, cancel] = await Promise.all([
        sendPayerEvent(client, id, approval(documentFileId)),
        client.call('POST', `${authorizationsPath}/${id}/cancel`, {}),
      ]);
      expect([decision.status, cancel.status].toSorted()).toEqual([200, 409]);
      const { authorization } = await readCase(client, id);
      expect(authorization).toEqual(decision.status === 200 ? decision.body : cancel.body);
    }
  });
});

describe('a request for information', () => {
  /** A case with an open request, and an attachment that was added in answer to it. */
  async function asked() {
    const { client, id, documentFileId } = await awaitingPayer();
    const { actions } = succeed(await sendPayerEvent(client, id, informationRequest(documentFileId)));
    const attachment = succeed(
      await attach(client, id, { fileId: await uploadFile(client), label: 'Updated note' }),
    );
    return { client, id, documentFileId, actionId: actions[0].id, attachmentId: attachment.id };
  }

  function resolve(client: ApiClient, id: string, actionId: string, body?: object): Promise<Answer> {
    return client.call('POST', `${authorizationsPath}/${id}/actions/${actionId}/resolve`, body);
  }

  test('opens an action that says what the payer said', async () => {
    const { client, id, documentFileId } = await awaitingPayer();
    const { actions, decisionDetails } = succeed(
      await sendPayerEvent(client, id, informationRequest(documentFileId)),
    );
    const { artifacts } = await readCase(client, id);
    const letter = artifacts.find(({ kind }) => kind === 'payer_information_request');
    expect(actions).toEqual([
      {
        id: expect.stringMatching(/^act_/),
        authorizationId: id,
        type: 'more_info_request',
        status: 'open',
        blocking: true,
        resolvable: true,
        ...factsOf(informationRequest(documentFileId)),
        field: null,
        code: null,
        artifactId: letter.id,
        relatedKeys: [],
        resolution: null,
        createdAt: now,
        resolvedAt: null,
      },
    ]);
    expect(decisionDetails).toBeNull();
  });

  test('needs no hint and no list of documents', async () => {
    const { client, id, documentFileId } = await awaitingPayer();
    const { resolutionHint: _hint, ...event } = informationRequest(documentFileId);
    const { actions } = succeed(await sendPayerEvent(client, id, { ...event, requestedDocuments: [] }));
    expect(actions).toMatchObject([{ resolutionHint: null, requestedDocuments: [] }]);
  });

  test('is resolved with attachments and a note, which stay readable', async () => {
    const { client, id, actionId, attachmentId } = await asked();
    const resolution = { attachmentIds: [attachmentId], note: 'Updated clinical note attached.' };
    const answer = await resolve(client, id, actionId, resolution);
    expect(answer).toMatchObject({ status: 200, body: { workflowState: 'ready_to_submit' } });
    expect(answer.body.actions).toMatchObject([
      { id: actionId, status: 'resolved', resolution, resolvedAt: now },
    ]);
    expect((await readCase(client, id)).authorization).toEqual(answer.body);
  });

  test.each([
    { what: 'an empty body', body: {} },
    { what: 'no body', body: undefined },
    { what: 'a null note', body: { note: null, attachmentIds: [] } },
  ])('is resolved with $what', async ({ body }) => {
    const { client, id, actionId } = await asked();
    const resolved = succeed(await resolve(client, id, actionId, body));
    expect(resolved.actions).toMatchObject([
      { status: 'resolved', resolution: { attachmentIds: [], note: null } },
    ]);
  });

  test('is not resolved with an attachment of another case or of none', async () => {
    const { client, id, actionId, attachmentId } = await asked();
    const other = await createCase(client);
    const elsewhere = succeed(
      await attach(client, other.id, { fileId: await uploadFile(client), label: 'Elsewhere' }),
    );
    for (const unknown of [elsewhere.id, 'att_none']) {
      const body = { attachmentIds: [attachmentId, unknown] };
      const answer = await expectUnchanged(client, id, () => resolve(client, id, actionId, body));
      expect(answer).toMatchObject({ status: 404, body: { code: 'attachment_not_found' } });
    }
  });

  test('of another case, or an action that never was, is not found', async () => {
    const { client, id } = await asked();
    const other = await createCaseInState(client, 'action_required');
    for (const unknown of [other.actions[0].id, 'act_none']) {
      const answer = await expectUnchanged(client, id, () => resolve(client, id, unknown, {}));
      expect(answer).toMatchObject({ status: 404, body: { code: 'action_not_found' } });
    }
  });

  test('is resolved once, also of several at the same time', async () => {
    const { client, id, actionId } = await asked();
    const answers = await Promise.all(
      [1, 2, 3].map((number) => resolve(client, id, actionId, { note: `Note ${number}` })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409]);
    const again = await expectUnchanged(client, id, () => resolve(client, id, actionId, {}));
    expect(again).toMatchObject({ status: 409, body: { code: 'action_already_resolved' } });
  });

  test('may be followed by another one after the next submit', async () => {
    const { client, id, documentFileId, actionId } = await asked();
    succeed(await resolve(client, id, actionId));
    succeed(await submitCase(client, id));
    const askedAgain = succeed(await sendPayerEvent(client, id, informationRequest(documentFileId)));
    expect(askedAgain.actions.map(({ status }: Answer['body']) => status)).toEqual(['resolved', 'open']);
    expect((await resolve(client, id, actionId)).body.code).toBe('action_already_resolved');
    const secondId = askedAgain.actions[1].id;
    expect(succeed(await resolve(client, id, secondId)).workflowState).toBe('ready_to_submit');
  });

  test.each([
    { issue: { field: 'attachmentIds', code: 'invalid_type' }, body: { attachmentIds: 'att_1' } },
    { issue: { field: 'note', code: 'too_small' }, body: { note: '' } },
    { issue: { field: 'answer', code: 'unrecognized_keys' }, body: { answer: 'yes' } },
  ])('is not resolved when $issue.field is $issue.code', async ({ issue, body }) => {
    const { client, id, actionId } = await asked();
    const answer = await expectUnchanged(client, id, () => resolve(client, id, actionId, body));
    expect(answer).toMatchObject({ status: 400, body: { code: 'validation_error', issues: [issue] } });
  });
});
