import type { Environment, IdentityConfig, SessionConfig } from '../config/config.ts';
import type { Clock } from '../platform/clock.ts';
import type { KeyedHash } from '../platform/crypto/keyed-hash.ts';
import type { Database } from '../platform/database/database.ts';
import { type Logger, subsystemLogger } from '../platform/observability/logger.ts';
import type { Authenticator } from './authenticator.ts';
import { chainByTokenForm } from './authenticator-chain.ts';
import { createCredentialUses } from './credential-uses.ts';
import { createExternalOrganizations } from './external/external-organizations.ts';
import { createIssuerKeys } from './external/issuer-keys.ts';
import { discoveredKeySet, workosKeySet } from './external/key-set-sources.ts';
import { createSessionAuthenticator, type SessionRules } from './external/session-authenticator.ts';
import { createWorkosKeyValidation } from './external/validate-workos-key.ts';
import { createWorkosKeyAuthenticator } from './external/workos-key-authenticator.ts';
import { createKeyAuthenticator } from './key-authenticator.ts';

export interface AuthenticatorDependencies {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly environment: Environment;
  /** Of our own tokens. */
  readonly hash: KeyedHash;
  /** Of other people's keys, to remember answers about them. */
  readonly externalKeyHash: KeyedHash;
  readonly config: IdentityConfig;
  readonly workosApiKey: string | undefined;
  /** How long an identity provider is waited for. */
  readonly providerTimeoutMs: number;
}

/** Everything that tells who is calling, as configured. `settled` resolves once nothing is being written any more. */
export function createAuthenticator(
  given: AuthenticatorDependencies,
): Authenticator & { settled(): Promise<void> } {
  const dependencies = { ...given, logger: subsystemLogger(given.logger, 'identity') };
  const uses = createCredentialUses(dependencies);
  const chain = chainByTokenForm({
    keys: createKeyAuthenticator({ ...dependencies, uses }),
    workosKeys: workosKeyAuthenticator(dependencies),
    sessions: sessionAuthenticator(dependencies),
  });
  return { authenticate: chain.authenticate, settled: uses.settled };
}

function workosKeyAuthenticator(dependencies: AuthenticatorDependencies): Authenticator | undefined {
  const { workosApiKey, config, clock, logger, externalKeyHash, providerTimeoutMs } = dependencies;
  if (workosApiKey === undefined) return undefined;
  return createWorkosKeyAuthenticator({
    validate: createWorkosKeyValidation({
      apiUrl: config.workosApiUrl,
      apiKey: workosApiKey,
      clock,
      timeoutMs: providerTimeoutMs,
    }),
    organizations: createExternalOrganizations(dependencies, 'workos'),
    hash: externalKeyHash,
    clock,
    logger,
  });
}

function sessionAuthenticator(dependencies: AuthenticatorDependencies): Authenticator | undefined {
  const { config, clock, logger, providerTimeoutMs } = dependencies;
  const { sessions, refuseImpersonation } = config;
  if (sessions === undefined) return undefined;
  const { provider, fetchKeySet, rules } = issuerOf(sessions, config.workosApiUrl, providerTimeoutMs);
  return createSessionAuthenticator({
    rules: { ...rules, refuseImpersonation },
    keys: createIssuerKeys({ fetchKeySet, clock, logger }),
    organizations: createExternalOrganizations(dependencies, provider),
    clock,
    logger,
  });
}

interface Issuer {
  readonly provider: string;
  readonly fetchKeySet: () => Promise<unknown>;
  readonly rules: Omit<SessionRules, 'refuseImpersonation'>;
}

function issuerOf(sessions: SessionConfig, workosApiUrl: string, timeoutMs: number): Issuer {
  if (sessions.kind === 'workos') {
    const { clientId, issuers } = sessions;
    return {
      provider: 'workos',
      fetchKeySet: workosKeySet(workosApiUrl, clientId, timeoutMs),
      rules: { issuers, algorithms: ['RS256'], audience: undefined, organizationClaim: 'org_id' },
    };
  }
  const { issuer, audience, organizationClaim } = sessions;
  return {
    provider: `oidc:${issuer}`,
    fetchKeySet: discoveredKeySet(issuer, timeoutMs),
    rules: { issuers: [issuer], algorithms: ['RS256', 'ES256'], audience, organizationClaim },
  };
}
