import { type Authenticator, unauthorized } from './authenticator.ts';

export interface Authenticators {
  readonly keys: Authenticator;
  /** Undefined: not configured, so nobody's token is one. */
  readonly workosKeys: Authenticator | undefined;
  readonly sessions: Authenticator | undefined;
}

const jsonWebToken = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/;

/**
 * Chooses by the form of the token alone, so that one token is looked at by one authenticator: a refusal of the one is
 * never another's pass, and a stranger's token is not carried from provider to provider.
 */
export function chainByTokenForm({ keys, workosKeys, sessions }: Authenticators): Authenticator {
  function authenticatorFor(bearerToken: string): Authenticator | undefined {
    if (bearerToken.startsWith('precert_')) return keys;
    if (bearerToken.startsWith('sk_')) return workosKeys;
    return jsonWebToken.test(bearerToken) ? sessions : undefined;
  }
  return {
    async authenticate(bearerToken) {
      const authenticator = authenticatorFor(bearerToken);
      if (authenticator === undefined) throw unauthorized();
      return authenticator.authenticate(bearerToken);
    },
  };
}
