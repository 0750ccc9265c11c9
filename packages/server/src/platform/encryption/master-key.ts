import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { type DataKeyContext, type KeyProvider, MasterKeyError } from './key-provider.ts';

/** A master key as its holder keeps it: a name and 32 bytes. */
export interface MasterKey {
  readonly id: string;
  readonly bytes: Uint8Array;
}

const linePattern = /^([A-Za-z0-9._-]{1,64}):([A-Za-z0-9+/]{43}=)$/;

/**
 * Reads `id:base64` lines; the first key wraps, the others still unwrap.
 * @returns undefined when a line is none, two have one name, or there is no line
 */
export function parseMasterKeys(text: string): readonly [MasterKey, ...MasterKey[]] | undefined {
  const lines = text.split(/[\s,]+/).filter((line) => line !== '');
  const keys = lines.flatMap((line) => {
    const [, id, base64] = linePattern.exec(line) ?? [];
    return id === undefined || base64 === undefined ? [] : [{ id, bytes: Buffer.from(base64, 'base64') }];
  });
  const [first, ...others] = keys;
  const areNamedApart = new Set(keys.map(({ id }) => id)).size === lines.length;
  return first === undefined || !areNamedApart ? undefined : [first, ...others];
}

export function formatMasterKey({ id, bytes }: MasterKey): string {
  return `${id}:${Buffer.from(bytes).toString('base64')}`;
}

const nonceLength = 12;
const tagLength = 16;

/** Wraps with AES-256-GCM: nonce, ciphertext, tag. */
export function masterKeyProvider({ id, bytes }: MasterKey): KeyProvider {
  const key = createSecretKey(bytes);
  return {
    id,
    async wrap(dataKey, context) {
      const nonce = randomBytes(nonceLength);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(contextBytes(context));
      return Buffer.concat([nonce, cipher.update(dataKey), cipher.final(), cipher.getAuthTag()]);
    },
    async unwrap(wrapped, context) {
      const decipher = createDecipheriv('aes-256-gcm', key, wrapped.subarray(0, nonceLength), {
        authTagLength: tagLength,
      });
      decipher.setAAD(contextBytes(context)).setAuthTag(wrapped.subarray(-tagLength));
      const dataKey = decipher.update(wrapped.subarray(nonceLength, -tagLength));
      try {
        decipher.final();
        return dataKey;
      } catch (cause) {
        throw new MasterKeyError(
          `The master key \`${id}\` is not the one that wrapped the data keys under this name. Give the server the ` +
            'master key this database was used with.',
          { cause },
        );
      }
    },
    isAvailable: async () => true,
  };
}

function contextBytes({ organizationId, purpose, version }: DataKeyContext): Uint8Array {
  return Buffer.from(JSON.stringify([organizationId, purpose, version]), 'utf8');
}
