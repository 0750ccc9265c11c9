/** A clinic's words, said wherever the API takes any. */

import type { ApiClient } from '../api/api-client.ts';
import { canaries, canaryAnswers, canaryCase, canaryFile, canaryWords } from '../api/canary-case.ts';
import { attach, patchCase, sendPayerEvent, submitCase } from '../api/case-record.ts';
import { authorizationsPath, succeed, uploadFile } from '../api/sample-case.ts';
import { samplePdf } from '../api/sample-documents.ts';

const body = { ...canaryCase, questionnaireResponse: canaryAnswers };

/** A PDF with every canary in its bytes, readable by whoever reads the disk. */
export async function canaryPdf(): Promise<Uint8Array> {
  const comment = canaries.map((word) => `% ${word}\n`).join('');
  return Buffer.concat([await samplePdf(), Buffer.from(comment, 'utf8')]);
}

/**
 * Approved after a request for information, denied, cancelled, and left with its actions open.
 * @returns the ids of these four cases
 */
export async function tellCanaryStory(client: ApiClient): Promise<readonly [string, string, string, string]> {
  const { fileName, label, metadata } = canaryFile;
  const create = async (key: string) =>
    succeed(await client.call('POST', authorizationsPath, body, { 'idempotency-key': key })).id;
  const bytes = await canaryPdf();
  const approved = await create(canaryWords.idempotencyKey);
  const path = `${authorizationsPath}/${approved}`;
  const fileId = await uploadFile(client, { fileName, bytes });
  const attachment = succeed(await attach(client, approved, { fileId, label, metadata }));
  succeed(await patchCase(client, approved, body));
  succeed(await client.call('POST', `${path}/preview`));
  succeed(await submitCase(client, approved, `${canaryWords.idempotencyKey}-submit`));
  const documentFileId = await uploadFile(client, { purpose: 'sandbox_payer_document', fileName, bytes });
  const { payerMessage: message, requestedDocument, resolutionHint, resolutionNote: note } = canaryWords;
  const request = { message, requestedDocuments: [requestedDocument], resolutionHint };
  const asked = succeed(
    await sendPayerEvent(client, approved, { type: 'more_info_request', documentFileId, ...request }),
  );
  const resolution = { attachmentIds: [attachment.id], note };
  succeed(await client.call('POST', `${path}/actions/${asked.actions[0].id}/resolve`, resolution));
  succeed(await submitCase(client, approved));
  succeed(await sendPayerEvent(client, approved, approval(documentFileId)));
  const denied = await create('second');
  succeed(await submitCase(client, denied));
  succeed(await sendPayerEvent(client, denied, denial(documentFileId)));
  const cancelled = await create('third');
  const { cancelReason: reason } = canaryWords;
  succeed(await client.call('POST', `${authorizationsPath}/${cancelled}/cancel`, { reason }));
  const open = succeed(await client.call('POST', authorizationsPath, canaryCase)).id;
  await submitCase(client, open);
  return [approved, denied, cancelled, open];
}

function approval(documentFileId: string): object {
  const { certificationNumber, payerReferenceNumber } = canaryWords;
  return {
    type: 'approval',
    documentFileId,
    certificationNumber,
    payerReferenceNumber,
    approvedStartDate: '2026-04-17',
    approvedEndDate: '2026-10-23',
    approvalExpiresAt: '2026-10-23T23:59:59.000Z',
  };
}

function denial(documentFileId: string): object {
  const { denialReasonCode, denialReasonMessage, payerReferenceNumber } = canaryWords;
  return { type: 'denial', documentFileId, denialReasonCode, denialReasonMessage, payerReferenceNumber };
}
