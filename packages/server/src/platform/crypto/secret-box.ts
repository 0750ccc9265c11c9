import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** What a derived key is for; one secret, one independent key per purpose (RFC 5869). */
export type SecretBoxPurpose = 'webhook-secret' | 'emr-credential';

/** Sealed bytes that do not open: another secret, another owner, or altered. */
export class SealedSecretError extends Error {
  override readonly name = 'SealedSecretError';
}

/** Whose secret it is: a sealed value copied to another row or organization does not open there. */
export interface SecretOwner {
  readonly organizationId: string;
  readonly secretId: string;
}

/** For secrets that must be read again, such as signing keys; what is only compared is hashed instead. */
export interface SecretBox {
  seal(plain: string, owner: SecretOwner): Uint8Array;
  /** @throws SealedSecretError */
  open(sealed: Uint8Array, owner: SecretOwner): string;
}

const version = 1;
const nonceLength = 12;
const tagLength = 16;

/**
 * AES-256-GCM with a random nonce for each seal, laid out as version, nonce, ciphertext, tag. A key is good for 2^32
 * random nonces (SP 800-38D, 8.3); secrets are made by people, so nobody counts.
 * @param secret at least 32 bytes of randomness, the deployment's own.
 */
export function createSecretBox(
  secret: Uint8Array,
  purpose: SecretBoxPurpose,
  random: (size: number) => Uint8Array = randomBytes,
): SecretBox {
  const key = Buffer.from(hkdfSync('sha256', secret, new Uint8Array(0), `precert/${purpose}`, 32));
  return {
    seal(plain, owner) {
      const nonce = random(nonceLength);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(ownerBytes(owner));
      const ciphertext = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return Buffer.concat([Buffer.of(version), nonce, ciphertext, cipher.getAuthTag()]);
    },
    open(sealed, owner) {
      if (sealed[0] !== version || sealed.length < 1 + nonceLength + tagLength) throw doesNotOpen();
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 1 + nonceLength), {
        authTagLength: tagLength,
      });
      decipher.setAAD(ownerBytes(owner)).setAuthTag(sealed.subarray(-tagLength));
      try {
        const opened = decipher.update(sealed.subarray(1 + nonceLength, -tagLength));
        return Buffer.concat([opened, decipher.final()]).toString('utf8');
      } catch (error) {
        throw doesNotOpen(error);
      }
    },
  };
}

function doesNotOpen(cause?: unknown): SealedSecretError {
  return new SealedSecretError('A sealed secret does not open.', { cause });
}

/** JSON keeps the two apart: no pair of ids reads like another pair. */
function ownerBytes({ organizationId, secretId }: SecretOwner): Uint8Array {
  return Buffer.from(JSON.stringify([organizationId, secretId]), 'utf8');
}
