import { describe, expect, test, vi } from 'vitest';
import type { ApiClient } from '../support/api/api-client.ts';
import { useTestServer } from '../support/api/test-server.ts';
import {
  beginPut,
  completeFile,
  downloadBytes,
  openSession,
  pdfLikeBytes,
  putBytes,
  putStream,
  readFile,
  repeated,
  storedBlobs,
} from '../support/api/upload-session.ts';

const megabyte = 1024 * 1024;

describe('uploads', () => {
  const server = useTestServer();

  test('of 25 MiB, twenty at once, pass through without staying in memory', {
    timeout: 180_000,
  }, async () => {
    const client = await server().newOrganization();
    const sessions = await Promise.all(Array.from({ length: 20 }, () => openSession(client)));
    globalThis.gc?.();
    const before = process.memoryUsage().rss;
    let highest = before;
    const sampling = setInterval(() => {
      highest = Math.max(highest, process.memoryUsage().rss);
    }, 20);
    const length = { 'content-length': 25 * megabyte };
    const answers = await Promise.all(
      sessions.map((session) => putStream(client, session, repeated(25 * megabyte), length)),
    ).finally(() => clearInterval(sampling));
    expect(answers.map(({ status }) => status)).toEqual(sessions.map(() => 204));
    expect((highest - before) / megabyte).toBeLessThan(100);
  });

  test('that replace the content while it is judged have the new content judged', async () => {
    const client = await server().newOrganization();
    const blobs = await storedBlobs(server());
    const session = await openSession(client);
    expect((await putBytes(client, session, pdfLikeBytes(400, 'a'))).status).toBe(204);
    const replacement = pdfLikeBytes(300, 'b');
    const { inspector } = server().app.priorAuthorization.files;
    const inspect = inspector.inspect.bind(inspector);
    const replacing = vi.spyOn(inspector, 'inspect').mockImplementationOnce(async (file) => {
      expect((await putBytes(client, session, replacement)).status).toBe(204);
      return inspect(file);
    });
    const completed = await completeFile(client, session.id);
    expect(replacing).toHaveBeenCalledTimes(2);
    replacing.mockRestore();
    expect([completed.status, completed.body]).toMatchObject([200, { status: 'ready', sizeBytes: 300 }]);
    expect(Buffer.from(await downloadBytes(client, session.id))).toEqual(replacement);
    expect(await storedBlobs(server())).toHaveLength(blobs.length + 1);
  });
});

describe('an upload that', () => {
  const server = useTestServer({
    overrides: {
      httpLimits: {
        idleSocketTimeoutMs: 1_500,
        headersTimeoutMs: 3_000,
        requestTimeoutMs: 4_000,
        connectionsCheckingIntervalMs: 100,
      },
    },
  });

  const head = 'Content-Type: application/pdf\r\nContent-Length: 5000\r\n';

  async function expectNothingKept(id: string, client: ApiClient) {
    await vi.waitFor(async () => expect(await storedBlobs(server())).toEqual([]), { timeout: 10_000 });
    expect(await readFile(client, id)).toMatchObject({ status: 'pending_upload', sizeBytes: null });
    expect((await completeFile(client, id)).body.code).toBe('file_not_uploaded');
  }

  test('stalls is cut, and leaves nothing', async () => {
    const client = await server().newOrganization();
    const session = await openSession(client);
    const connection = beginPut(server(), client, session, head).send(pdfLikeBytes(2_000));
    await connection.closed;
    await expectNothingKept(session.id, client);
  });

  test('trickles for ever is cut with 408, and leaves nothing', async () => {
    const client = await server().newOrganization();
    const session = await openSession(client);
    const connection = beginPut(server(), client, session, head).send(pdfLikeBytes(2_000));
    const trickle = setInterval(() => connection.send('x'), 100);
    await connection.closed.finally(() => clearInterval(trickle));
    const [answer] = await connection.answers(1);
    expect([answer?.status, JSON.parse(answer?.body ?? '{}').code]).toEqual([408, 'request_timeout']);
    await expectNothingKept(session.id, client);
  });

  test('breaks off is no failure of the server', async () => {
    const client = await server().newOrganization();
    const session = await openSession(client);
    const connection = beginPut(server(), client, session, head).send(pdfLikeBytes(2_000));
    await vi.waitFor(async () => expect(await storedBlobs(server())).toHaveLength(1), { timeout: 10_000 });
    connection.end();
    await expectNothingKept(session.id, client);
    const failures = server()
      .logged()
      .split('\n')
      .filter((line) => line.includes('"level":"error"'));
    expect(failures).toEqual([]);
  });
});
