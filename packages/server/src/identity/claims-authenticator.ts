import { timingSafeEqual } from 'node:crypto';
import type { Environment } from '../config/config.ts';
import type { Clock } from '../platform/clock.ts';
import type { KeyedHash } from '../platform/crypto/keyed-hash.ts';
import type { Database } from '../platform/database/database.ts';
import { asSystem } from '../platform/database/database-scope.ts';
import { PrecertError } from '../platform/errors.ts';
import { AnswerCache } from './answer-cache.ts';
import {
  findAccountOfToken,
  findActiveClient,
  type StoredClient,
  type TokenAccount,
} from './claims-client-queries.ts';
import { type ClientKeys, environmentOfClientKeys, isAccessToken } from './claims-token.ts';

/** Who calls the claims API. Every query takes organization and account from here and from nowhere else. */
export interface ClaimsCaller {
  readonly organizationId: string;
  readonly clientId: string;
}

export interface ClaimsAuthenticator {
  /**
   * @throws PrecertError `unauthorized` for anything that is no live client with its secret,
   *         `insufficient_permissions` for a well-formed pair of the other environment
   */
  authenticateClient(keys: ClientKeys): Promise<ClaimsCaller>;
  /**
   * The account that the token names.
   * @throws PrecertError `unauthorized` for anything that names no account of the caller's organization,
   *         `login_required` when the EMR no longer takes the account's credentials
   */
  authenticateAccount(caller: ClaimsCaller, accessToken: string): Promise<string>;
}

/** What was found is trusted this long without asking again, so a revocation bites within a second. */
const trustedMs = 900;

/** Clients and tokens looked up in the database, each answer trusted for less than a second. */
export function createClaimsAuthenticator(dependencies: {
  readonly database: Database;
  readonly clock: Clock;
  readonly hash: KeyedHash;
  readonly environment: Environment;
}): ClaimsAuthenticator {
  const { database, clock, hash, environment } = dependencies;
  const remembered = { clock, pendingMs: trustedMs, lifetimeMs: () => trustedMs };
  const clients = new AnswerCache<StoredClient | undefined>(remembered);
  const accounts = new AnswerCache<TokenAccount | undefined>(remembered);
  // Who is calling is what these find out, so there is no organization yet.
  const lookUpClient = (clientId: string) => asSystem(() => findActiveClient(database, clientId));
  const lookUpAccount = (tokenHash: string) => asSystem(() => findAccountOfToken(database, tokenHash));
  return {
    async authenticateClient(keys) {
      const keysEnvironment = environmentOfClientKeys(keys);
      if (keysEnvironment === undefined) throw invalidCredentials();
      if (keysEnvironment !== environment) {
        throw new PrecertError(
          'insufficient_permissions',
          `These are ${keysEnvironment} credentials; this server runs the ${environment} environment.`,
        );
      }
      const client = await clients.get(keys.clientId, () => lookUpClient(keys.clientId));
      if (client?.environment !== environment || !equal(client.secretHash, hash.hex(keys.clientSecret)))
        throw invalidCredentials();
      return { organizationId: client.organizationId, clientId: keys.clientId };
    },
    async authenticateAccount({ organizationId }, accessToken) {
      if (!isAccessToken(accessToken)) throw invalidCredentials();
      const tokenHash = hash.hex(accessToken);
      const account = await accounts.get(tokenHash, () => lookUpAccount(tokenHash));
      if (account?.organizationId !== organizationId) throw invalidCredentials();
      if (account.state === 'login_required') throw loginRequired();
      return account.accountId;
    },
  };
}

/** In constant time; both are hex of a SHA-256. */
function equal(stored: string, computed: string): boolean {
  const [first, second] = [Buffer.from(stored), Buffer.from(computed)];
  return first.length === second.length && timingSafeEqual(first, second);
}

/** One text whichever of the three is wrong, so that nothing is learned from the difference. */
export function invalidCredentials(): PrecertError {
  return new PrecertError('unauthorized', 'Invalid credentials.');
}

/** Contract claims.md, 3.2. */
function loginRequired(): PrecertError {
  return new PrecertError(
    'login_required',
    'Account link expired. Please go through the integration setup again.',
  );
}
