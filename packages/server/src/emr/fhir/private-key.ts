import { createPrivateKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, parseJson } from '../fhir-rest/json-values.ts';

/** A name and nothing else: no separator, no `..`, nothing hidden. */
export function isUsableKeyFileName(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(value);
}

/** The key cannot be had. `message` names the file and the mend, never what is in the file. */
export class PrivateKeyError extends Error {
  override readonly name = 'PrivateKeyError';
}

/** SMART App Launch 2.1: RSA keys of less than 2048 bits are not to be used with RS384. */
const minimumBits = 2048;

/**
 * The RSA key of a PEM or JWK file in an organization's folder of keys. Read each time it is needed, so that an operator replaces a
 * key by replacing the file.
 * @throws PrivateKeyError
 */
export function readPrivateKey(directory: string | undefined, file: string): KeyObject {
  if (directory === undefined) {
    throw new PrivateKeyError('PRECERT_EMR_KEYS_DIR is not set: there is no directory to take the key from.');
  }
  const key = parseKey(readKeyFile(directory, file));
  if (key === undefined) throw new PrivateKeyError(`${file} holds no private key in PEM or JWK form.`);
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.asymmetricKeyType !== 'rsa' || bits < minimumBits) {
    throw new PrivateKeyError(`${file} holds no RSA key of at least ${minimumBits} bits, which RS384 needs.`);
  }
  return key;
}

function readKeyFile(directory: string, file: string): Buffer {
  try {
    return readFileSync(join(directory, file));
  } catch (error) {
    throw new PrivateKeyError(
      `${file} cannot be read from the organization’s folder in PRECERT_EMR_KEYS_DIR.`,
      {
        cause: error,
      },
    );
  }
}

function parseKey(content: Buffer): KeyObject | undefined {
  const jwk = parseJson(content);
  try {
    return isObject(jwk)
      ? // Node checks the members; whatever is missing makes it throw.
        createPrivateKey({ key: jwk as JsonWebKey, format: 'jwk' })
      : createPrivateKey(content);
  } catch {
    return undefined;
  }
}
