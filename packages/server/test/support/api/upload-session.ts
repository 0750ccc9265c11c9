/** Upload sessions as the wire sees them: bytes sent by hand, and what of them came to lie on the disk. */

import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { request as httpRequest, type OutgoingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { sealedFiles } from '../../../src/files/file-queries.ts';
import { getFile } from '../../../src/files/get-file.ts';
import { asOrganization } from '../../../src/platform/database/database-scope.ts';
import { RawConnection } from '../../../src/platform/http/testing/raw-connection.ts';
import type { Answer, ApiClient } from './api-client.ts';
import { succeed } from './sample-case.ts';
import type { TestServer } from './test-server.ts';

export const pdfHeader = Buffer.from('%PDF-1.7\n');

/** Begins as a PDF and is one no further; enough for the upload, which looks at the first bytes alone. */
export function pdfLikeBytes(size: number, fill = 'a'): Buffer {
  return Buffer.concat([pdfHeader, Buffer.alloc(size - pdfHeader.length, fill)]);
}

export interface UploadSession {
  readonly id: string;
  readonly url: string;
  readonly contentType: string;
}

export async function openSession(
  client: ApiClient,
  request: Readonly<Record<string, unknown>> = {},
): Promise<UploadSession> {
  const body = {
    fileName: 'note.pdf',
    contentType: 'application/pdf',
    purpose: 'authorization_attachment',
    ...request,
  };
  const { file, upload } = succeed(await client.call('POST', '/v1/files', body));
  return { id: file.id, url: upload.url, contentType: upload.headers['Content-Type'] };
}

/** PUTs bytes with a Content-Length, by default under the session's own type. */
export function putBytes(
  client: ApiClient,
  session: UploadSession,
  bytes: Uint8Array,
  contentType = session.contentType,
): Promise<Answer> {
  const headers = { 'content-type': contentType };
  return client.send(session.url, { method: 'PUT', headers, body: Buffer.from(bytes) });
}

/** PUTs a stream over Node's own client: chunked unless the headers give a length. Resolves with the answer. */
export function putStream(
  client: ApiClient,
  session: UploadSession,
  chunks: Iterable<Uint8Array>,
  headers: OutgoingHttpHeaders = {},
): Promise<{ readonly status: number; readonly body: Answer['body'] }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: Answer['body'] }>();
  const request = httpRequest(session.url, {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${client.bearerToken}`,
      'content-type': session.contentType,
      ...headers,
    },
  });
  let isAnswered = false;
  request.on('response', (response) => {
    isAnswered = true;
    let text = '';
    response.setEncoding('utf8').on('data', (part) => {
      text += part;
    });
    response.on('end', () =>
      resolve({ status: response.statusCode ?? 0, body: text === '' ? undefined : JSON.parse(text) }),
    );
  });
  // A server that has answered may close before it has read the rest.
  request.on('error', (error) => {
    if (!isAnswered) reject(error);
  });
  Readable.from(chunks).pipe(request);
  return promise;
}

/** The same few bytes over and over: 25 MiB on the wire, nothing in memory. */
export function* repeated(size: number, chunkSize = 64 * 1024): Generator<Uint8Array> {
  const chunk = pdfLikeBytes(chunkSize);
  for (let sent = 0; sent < size; sent += chunkSize)
    yield chunk.subarray(0, Math.min(chunkSize, size - sent));
}

/** Paths of everything the server keeps below its file storage, half-written uploads included. */
export async function storedBlobs(server: TestServer): Promise<readonly string[]> {
  const entries = await readdir(join(server.dataDirectory, 'files'), {
    recursive: true,
    withFileTypes: true,
  });
  return (
    entries
      // The mark that ties the storage to its database is no blob.
      .filter((entry) => entry.isFile() && entry.name !== 'storage-id')
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
  );
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The File as the API shows it. */
export async function readFile(client: ApiClient, id: string): Promise<Answer['body']> {
  return succeed(await client.call('GET', `/v1/files/${id}`));
}

export function completeFile(client: ApiClient, id: string): Promise<Answer> {
  return client.call('POST', `/v1/files/${id}/complete`);
}

/** The answer behind a file's download link, its body unread. */
export async function download(client: ApiClient, id: string): Promise<Response> {
  const { downloadUrl } = await readFile(client, id);
  return fetch(downloadUrl, { headers: { authorization: `Bearer ${client.bearerToken}` } });
}

export async function downloadBytes(client: ApiClient, id: string): Promise<Uint8Array> {
  return new Uint8Array(await (await download(client, id)).arrayBuffer());
}

/** The stored row, for what the API does not show. */
export async function storedFile(server: TestServer, id: string) {
  const [row] = await server.database.query<{
    sha256: string | null;
    problem: string | null;
    storageKey: string | null;
  }>('select sha256, problem, storage_key as "storageKey" from file where id = $1', [id]);
  return row;
}

/** Puts other bytes in the place of a file's own, sealed as the server seals them: as if they had been these always. */
export async function replaceStoredBytes(
  { app }: TestServer,
  client: ApiClient,
  id: string,
  bytes: Uint8Array,
) {
  const { organizationId } = client;
  const { files } = app.priorAuthorization;
  await asOrganization(organizationId, async () => {
    const { fileName, storageKey = '' } = await getFile(files, organizationId, id);
    const { contentKey } = await files.blobs.write(storageKey, Readable.from([bytes]));
    const keys = await files.vault.keysOf(organizationId);
    const sealed = keys.seal(sealedFiles, [id], {
      fileName,
      contentKey: contentKey.export().toString('base64'),
    });
    await files.database.execute('update file set sealed = $2 where id = $1', [id, sealed]);
  });
}

/** A PUT of which only the head is sent, with the given header lines. */
export function beginPut(
  server: TestServer,
  client: ApiClient,
  session: UploadSession,
  headerLines: string,
): RawConnection {
  const head = `PUT /v1/files/${session.id}/content HTTP/1.1\r\nHost: localhost\r\n`;
  const bearer = `Authorization: Bearer ${client.bearerToken}\r\n`;
  const connection = new RawConnection(Number(new URL(server.baseUrl).port));
  return connection.send(`${head}${bearer}${headerLines}\r\n`);
}
