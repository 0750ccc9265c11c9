import type { Environment } from '../config/config.ts';
import { isCheckedText, mintCheckedText } from './checked-text.ts';

/**
 * `precert_<environment>_<30 random base62><6 base62 CRC-32 of the random part>`: about 178 random bits, an
 * environment that can be read without a database, and a checksum that refuses a mistyped or made-up token
 * before any query (contract README, both surfaces, 2).
 */
const tokenPattern = /^precert_(sandbox|production)_([0-9A-Za-z]{36})$/;

/** For secret scanners, published in `docs/guides/authentication.md`. What it finds may still have a wrong checksum. */
export const secretScannerPattern = String.raw`\bprecert_(?:sandbox|production)_[0-9A-Za-z]{36}\b`;

export function mintToken(environment: Environment): string {
  return `precert_${environment}_${mintCheckedText()}`;
}

/** The environment a well-formed token belongs to; undefined for anything that is not a token of ours. */
export function environmentOfToken(token: string): Environment | undefined {
  const [, environment, checked = ''] = tokenPattern.exec(token) ?? [];
  if (!isCheckedText(checked)) return undefined;
  return environment === 'production' ? 'production' : 'sandbox';
}
