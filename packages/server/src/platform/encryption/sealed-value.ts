/**
 * One sealed value: AES-256-GCM (SP 800-38D) laid out as
 *
 *     layout 1 | key version 4 | nonce 12 | ciphertext | tag 16
 *
 * The key version stands in front so that the database can read it too (`sealed_key_version`, migration 0011).
 */

import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';

const layout = 1;
const nonceLength = 12;
const tagLength = 16;
const headLength = 5;

/** Bytes a sealed value has beside its content. */
export const sealedOverheadBytes = headLength + nonceLength + tagLength;

/**
 * A value that does not open: altered, or moved from another row, column, table or organization. Names where it
 * stands, never what it says.
 */
export class SealedValueError extends Error {
  override readonly name = 'SealedValueError';
}

/** Sealed with a key version that is not at hand: newer than the keys read last, or deleted. */
export class UnknownKeyVersionError extends Error {
  override readonly name = 'UnknownKeyVersionError';
}

/** @throws SealedValueError for bytes that are no sealed value */
export function keyVersionOf(sealed: Uint8Array): number {
  if (sealed.length < sealedOverheadBytes || sealed[0] !== layout)
    throw new SealedValueError('The bytes are no sealed value.');
  return Buffer.from(sealed.buffer, sealed.byteOffset, headLength).readUInt32BE(1);
}

/** @param boundTo what the value belongs to; it opens for nothing else */
export function sealValue(
  key: KeyObject,
  keyVersion: number,
  nonce: Uint8Array,
  content: string | Uint8Array,
  boundTo: string,
): Buffer {
  const head = Buffer.allocUnsafe(headLength);
  head.writeUInt8(layout, 0);
  head.writeUInt32BE(keyVersion, 1);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength });
  cipher.setAAD(Buffer.from(boundTo, 'utf8'));
  const ciphertext = typeof content === 'string' ? cipher.update(content, 'utf8') : cipher.update(content);
  cipher.final();
  return Buffer.concat([head, nonce, ciphertext, cipher.getAuthTag()]);
}

/** @throws SealedValueError */
export function openValue(key: KeyObject, sealed: Uint8Array, boundTo: string): Buffer {
  const nonce = sealed.subarray(headLength, headLength + nonceLength);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength });
  decipher.setAAD(Buffer.from(boundTo, 'utf8'));
  decipher.setAuthTag(sealed.subarray(-tagLength));
  const content = decipher.update(sealed.subarray(headLength + nonceLength, -tagLength));
  try {
    decipher.final();
  } catch (cause) {
    throw new SealedValueError('A sealed value was altered or does not belong where it stands.', { cause });
  }
  return content;
}
