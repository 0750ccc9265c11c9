import { randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Environment } from '../config/config.ts';

/**
 * `precert_<environment>_<30 random base62><6 base62 CRC-32 of the random part>`: about 178 random bits, an
 * environment that can be read without a database, and a checksum that refuses a mistyped or made-up token
 * before any query (contract README, both surfaces, 2).
 */
const tokenPattern = /^precert_(sandbox|production)_([0-9A-Za-z]{30})([0-9A-Za-z]{6})$/;

/** For secret scanners, published in `docs/guides/authentication.md`. What it finds may still have a wrong checksum. */
export const secretScannerPattern = String.raw`\bprecert_(?:sandbox|production)_[0-9A-Za-z]{36}\b`;

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

export function mintToken(environment: Environment): string {
  const random = Array.from({ length: 30 }, () => base62.charAt(randomInt(62))).join('');
  return `precert_${environment}_${random}${checksum(random)}`;
}

/** The environment a well-formed token belongs to; undefined for anything that is not a token of ours. */
export function environmentOfToken(token: string): Environment | undefined {
  const match = tokenPattern.exec(token);
  if (match === null) return undefined;
  const [, environment, random = '', sum] = match;
  if (checksum(random) !== sum) return undefined;
  return environment === 'production' ? 'production' : 'sandbox';
}

function checksum(random: string): string {
  let rest = crc32(random);
  let text = '';
  for (let digit = 0; digit < 6; digit += 1) {
    text = base62.charAt(rest % 62) + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}
