import type { Environment } from '../config/config.ts';
import { isCheckedText, mintCheckedText, randomBase62 } from './checked-text.ts';

/** `ci_<environment>_<24 random base62>` and `cs_<environment>_<30 random base62><6 base62 CRC-32>` (contract claims.md, 3.1). */
const clientIdPattern = /^ci_(sandbox|production)_[0-9A-Za-z]{24}$/;
const clientSecretPattern = /^cs_(sandbox|production)_([0-9A-Za-z]{36})$/;

/** A customer of the claims API; the id is no secret. */
export interface ClientKeys {
  readonly clientId: string;
  readonly clientSecret: string;
}

export function mintClientKeys(environment: Environment): ClientKeys {
  return {
    clientId: `ci_${environment}_${randomBase62(24)}`,
    clientSecret: `cs_${environment}_${mintCheckedText()}`,
  };
}

/** The environment of a well-formed pair; undefined for anything that is no pair of ours, or one of two environments. */
export function environmentOfClientKeys({ clientId, clientSecret }: ClientKeys): Environment | undefined {
  const [, ofId] = clientIdPattern.exec(clientId) ?? [];
  const [, ofSecret, checked = ''] = clientSecretPattern.exec(clientSecret) ?? [];
  if (ofId === undefined || ofId !== ofSecret || !isCheckedText(checked)) return undefined;
  return ofId === 'production' ? 'production' : 'sandbox';
}

/** Names one linked account. Bare, as the vendor's are: it is worth nothing without a client of its organization. */
export function mintAccessToken(): string {
  return mintCheckedText();
}

export function isAccessToken(text: string): boolean {
  return isCheckedText(text);
}
