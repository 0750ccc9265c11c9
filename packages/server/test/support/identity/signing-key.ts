import { type CryptoKey, exportJWK, generateKeyPair, type JWK } from 'jose';

export interface SigningKey {
  readonly algorithm: string;
  readonly kid: string;
  readonly privateKey: CryptoKey;
  /** As it stands in a key set. */
  readonly publicKey: JWK;
  readonly publicCryptoKey: CryptoKey;
}

/** Making an RSA key takes a quarter of a second: make few. */
export async function createSigningKey(algorithm: string, kid: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  const jwk = await exportJWK(publicKey);
  return {
    algorithm,
    kid,
    privateKey,
    publicKey: { ...jwk, kid, alg: algorithm, use: 'sig' },
    publicCryptoKey: publicKey,
  };
}
