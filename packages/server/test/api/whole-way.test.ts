import { expect, test } from 'vitest';
import {
  adakveoAnswers,
  approval,
  authorizationsPath,
  createCase,
  informationRequest,
  succeed,
  uploadFile,
} from '../support/api/sample-case.ts';
import { useTestServer } from '../support/api/test-server.ts';

const server = useTestServer();

test('a case goes all the way from a draft to an approval', async () => {
  const client = await server().newOrganization();
  const created = await createCase(client);
  const path = `${authorizationsPath}/${created.id}`;
  expect(created).toMatchObject({
    workflowState: 'needs_input',
    decisionState: 'unknown',
    submissionChannel: null,
    version: 1,
  });

  const answered = succeed(await client.call('PATCH', path, { questionnaireResponse: adakveoAnswers }));
  expect(answered.workflowState).toBe('ready_to_submit');

  const fileId = await uploadFile(client);
  const attachment = succeed(
    await client.call('POST', `${path}/attachments`, { fileId, label: 'Recent clinical note' }),
  );
  expect(attachment).toMatchObject({ authorizationId: created.id, fileId, mimeType: 'application/pdf' });

  const preview = succeed(await client.call('POST', `${path}/preview`));
  expect(preview).toMatchObject({ submittable: true, workflowState: 'ready_to_submit' });
  const packet = await client.send(preview.documents.draftPacket.downloadUrl, { method: 'GET' });
  expect(packet.headers.get('content-type')).toBe('application/pdf');

  const submitted = succeed(
    await client.call('POST', `${path}/submit`, undefined, { 'idempotency-key': 'first' }),
  );
  expect(submitted).toMatchObject({
    workflowState: 'pending_payer',
    decisionState: 'pending',
    submissionChannel: 'fax',
  });

  const documentFileId = await uploadFile(client, { purpose: 'sandbox_payer_document' });
  const events = `/v1/sandbox/prior-auth/authorizations/${created.id}/payer-events`;
  const asked = succeed(await client.call('POST', events, informationRequest(documentFileId)));
  expect(asked).toMatchObject({
    workflowState: 'action_required',
    decisionState: 'pending',
    submissionChannel: 'fax',
  });

  const [action] = asked.actions;
  const resolved = succeed(
    await client.call('POST', `${path}/actions/${action.id}/resolve`, {
      attachmentIds: [attachment.id],
      note: 'See note.',
    }),
  );
  expect(resolved.workflowState).toBe('ready_to_submit');

  const resubmitted = succeed(
    await client.call('POST', `${path}/submit`, undefined, { 'idempotency-key': 'second' }),
  );
  expect(resubmitted.workflowState).toBe('pending_payer');
  const approved = succeed(await client.call('POST', events, approval(documentFileId)));
  expect(approved).toMatchObject({ workflowState: 'completed', decisionState: 'approved' });
  expect(approved.decisionDetails).toMatchObject({ decision: 'approved', certificationNumber: 'CERT-0001' });

  const history = succeed(await client.call('GET', `${path}/events?limit=100`)).data;
  expect(history.map(({ sequence }: { sequence: number }) => sequence)).toEqual(
    history.map((_: unknown, index: number) => index + 1),
  );
  const artifacts = succeed(await client.call('GET', `${path}/artifacts`)).data;
  expect(artifacts.filter(({ kind }: { kind: string }) => kind === 'submission_packet')).toHaveLength(2);
  expect(artifacts.map(({ kind }: { kind: string }) => kind)).toContain('payer_approval');
});
