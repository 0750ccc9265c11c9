import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  DocumentWorkerError,
  type DocumentWorkerFailure,
} from '../../src/documents/document-worker-error.ts';
import { asStorageError } from '../../src/platform/storage/storage-errors.ts';
import { listEvents, patchCase } from '../support/api/case-record.ts';
import { authorizationsPath, createCase, succeed } from '../support/api/sample-case.ts';
import { samplePdf } from '../support/api/sample-documents.ts';
import { useTestServer } from '../support/api/test-server.ts';

const server = useTestServer();
afterEach(() => void vi.restoreAllMocks());

describe('a preview', { timeout: 60_000 }, () => {
  test.each<DocumentWorkerFailure>(['busy', 'timeout', 'crashed', 'closed'])(
    'whose document worker is %s is worth another try',
    async (failure) => {
      const client = await server().newOrganization();
      const { id } = await createCase(client);
      const { documents } = server().app.priorAuthorization;
      vi.spyOn(documents, 'renderPacket').mockRejectedValueOnce(new DocumentWorkerError(failure));
      const answer = await client.call('POST', `${authorizationsPath}/${id}/preview`);
      expect(answer).toMatchObject({ status: 503, body: { code: 'service_unavailable', retryable: true } });
      expect(answer.headers.get('retry-after')).toBe('5');
    },
  );

  test('that needs more memory than there is fails for good', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client);
    const { documents } = server().app.priorAuthorization;
    vi.spyOn(documents, 'renderPacket').mockRejectedValueOnce(new DocumentWorkerError('memory'));
    const answer = await client.call('POST', `${authorizationsPath}/${id}/preview`);
    expect(answer.body).toMatchObject({ code: 'internal_error', retryable: false });
  });

  test('has to be ready before the connection counts as dead; a submit has time', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client, { ready: true });
    const render = vi.spyOn(server().app.priorAuthorization.documents, 'renderPacket');
    succeed(await client.call('POST', `${authorizationsPath}/${id}/preview`));
    succeed(await client.call('POST', `${authorizationsPath}/${id}/submit`));
    const [previewed, submitted] = render.mock.calls.map(([, options]) => options?.deadlineMs);
    expect(previewed).toBeLessThan(server().app.http.server.timeout);
    expect(submitted).toBeUndefined();
  });

  test('tells in its event which version it shows, though the case was changed meanwhile', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client, { ready: true });
    const { documents } = server().app.priorAuthorization;
    const { renderPacket } = documents;
    vi.spyOn(documents, 'renderPacket').mockImplementationOnce(async (...request) => {
      succeed(await patchCase(client, id, { siteOfCare: 'Home' }));
      return renderPacket(...request);
    });
    succeed(await client.call('POST', `${authorizationsPath}/${id}/preview`));
    const events = await listEvents(client, id);
    expect(events.find(({ type }) => type.endsWith('.previewed')).payload.version).toBe(1);
  });
});

test('an upload to a full disk is worth another try', async () => {
  const client = await server().newOrganization();
  const session = { fileName: 'a.pdf', contentType: 'application/pdf', purpose: 'authorization_attachment' };
  const { upload } = succeed(await client.call('POST', '/v1/files', session));
  const full = Object.assign(new Error('no space left on device, write'), {
    code: 'ENOSPC',
    syscall: 'write',
  });
  vi.spyOn(server().app.priorAuthorization.files.blobs, 'write').mockRejectedValueOnce(asStorageError(full));
  const { url, headers } = upload;
  const answer = await client.send(url, { method: 'PUT', headers, body: Buffer.from(await samplePdf()) });
  expect(answer).toMatchObject({ status: 503, body: { code: 'service_unavailable', retryable: true } });
});
