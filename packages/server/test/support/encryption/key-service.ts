/** AWS KMS as far as the server knows it: Encrypt and Decrypt over HTTP, with encryption context. */

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

interface KmsRequest {
  readonly KeyId?: string;
  readonly Plaintext?: string;
  readonly CiphertextBlob?: string;
  readonly EncryptionContext?: Readonly<Record<string, string>>;
}

export interface KeyService {
  readonly endpoint: string;
  /** Operation and encryption context of each request, in order. */
  readonly requests: { readonly operation: string; readonly context: KmsRequest['EncryptionContext'] }[];
  /** What it does with requests from now on: `down` breaks the connection, `silent` never answers. */
  mode: 'up' | 'down' | 'silent' | 'failing' | 'denying' | 'throttling';
  close(): Promise<void>;
}

/** A service with the symmetric keys named. */
export async function startKeyService(keyIds: readonly string[]): Promise<KeyService> {
  const keys = new Map(keyIds.map((id) => [id, randomBytes(32)]));
  const server = createServer((request, response) => void serve(service, keys, request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A listening TCP server always has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  const service: KeyService = {
    endpoint: `http://127.0.0.1:${port}`,
    requests: [],
    mode: 'up',
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return service;
}

async function serve(
  service: KeyService,
  keys: ReadonlyMap<string, Buffer>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body: KmsRequest = JSON.parse(await text(request));
  const operation = String(request.headers['x-amz-target']).replace('TrentService.', '');
  service.requests.push({ operation, context: body.EncryptionContext });
  if (service.mode === 'silent') return;
  if (service.mode === 'down') return void request.socket.destroy();
  if (service.mode === 'failing') return answer(response, 500, { __type: 'KMSInternalException' });
  if (service.mode === 'throttling') return answer(response, 400, { __type: 'ThrottlingException' });
  if (service.mode === 'denying' || !request.headers.authorization?.startsWith('AWS4-HMAC-SHA256 '))
    return answer(response, 400, { __type: 'AccessDeniedException' });
  const key = keys.get(body.KeyId ?? '');
  if (key === undefined) return answer(response, 400, { __type: 'NotFoundException' });
  if (operation === 'Encrypt') return answer(response, 200, encrypt(key, body));
  const opened = operation === 'Decrypt' ? decrypt(key, body) : undefined;
  if (opened === undefined) return answer(response, 400, { __type: 'InvalidCiphertextException' });
  answer(response, 200, opened);
}

/** The context is authenticated, whatever the order of its entries. */
function contextBytes({ EncryptionContext = {} }: KmsRequest): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(EncryptionContext).toSorted()));
}

function encrypt(key: Buffer, request: KmsRequest): object {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(contextBytes(request));
  const sealed = cipher.update(Buffer.from(request.Plaintext ?? '', 'base64'));
  cipher.final();
  const blob = Buffer.concat([nonce, sealed, cipher.getAuthTag()]);
  return { KeyId: request.KeyId, CiphertextBlob: blob.toString('base64') };
}

function decrypt(key: Buffer, request: KmsRequest): object | undefined {
  const blob = Buffer.from(request.CiphertextBlob ?? '', 'base64');
  const decipher = createDecipheriv('aes-256-gcm', key, blob.subarray(0, 12), { authTagLength: 16 });
  decipher.setAAD(contextBytes(request)).setAuthTag(blob.subarray(-16));
  try {
    const opened = Buffer.concat([decipher.update(blob.subarray(12, -16)), decipher.final()]);
    return { KeyId: request.KeyId, Plaintext: opened.toString('base64') };
  } catch {
    return undefined;
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
}
