import { randomFillSync } from 'node:crypto';

const nonceLength = 12;
const pooledNonces = 1024;

/**
 * Nonces of 96 random bits (SP 800-38D, 8.2.2). Drawn a thousand at a time: asking the system for twelve bytes costs as
 * much as sealing a short value.
 */
export function createNonceSource(fill: (bytes: Uint8Array) => unknown = randomFillSync): () => Uint8Array {
  let pool = new Uint8Array(0);
  let used = 0;
  return () => {
    if (used === pool.length) {
      pool = new Uint8Array(nonceLength * pooledNonces);
      fill(pool);
      used = 0;
    }
    used += nonceLength;
    return pool.subarray(used - nonceLength, used);
  };
}
