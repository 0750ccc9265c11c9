import { describe, expect, test } from 'vitest';
import { makeActivePdf } from '../../src/documents/test-support/make-pdfs.ts';
import { attach } from '../support/api/case-record.ts';
import { createCase, succeed } from '../support/api/sample-case.ts';
import { useTestServer } from '../support/api/test-server.ts';
import { completeFile, openSession, putBytes, readFile, storedBlobs } from '../support/api/upload-session.ts';

const server = useTestServer();

/** Cut short: nothing of ours can read it, and perhaps something of theirs. */
const unreadable = Buffer.from('%PDF-1.7\n1 0 obj\n<< /S /Java#53cript /JS (app.alert\\(1\\)) >>\nendobj\n');

describe('a PDF with active content', () => {
  test.each([
    ['that we can read', makeActivePdf],
    ['that we cannot read', async () => unreadable],
  ])('%s fails for good, and its bytes go', async (_name, make) => {
    const client = await server().newOrganization();
    const blobs = await storedBlobs(server());
    const session = await openSession(client);
    succeed(await putBytes(client, session, await make()));
    for (let index = 0; index < 2; index += 1) {
      const refused = await completeFile(client, session.id);
      expect([refused.status, refused.body.code]).toEqual([409, 'file_active_content']);
      expect(refused.body.message).toContain('Print it to a new PDF');
    }
    expect(await readFile(client, session.id)).toMatchObject({ status: 'failed', downloadUrl: null });
    expect(await storedBlobs(server())).toEqual(blobs);
    expect((await putBytes(client, session, await make())).body.code).toBe('file_active_content');
    const { id } = await createCase(client);
    const attached = await attach(client, id, { fileId: session.id, label: 'Note' });
    expect(attached.body.code).toBe('file_not_ready');
  });
});
