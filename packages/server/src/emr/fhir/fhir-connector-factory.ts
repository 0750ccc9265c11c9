import { join } from 'node:path';
import type { Clock } from '../../platform/clock.ts';
import { type EmrAccount, type EmrConnectorFactory, EmrReadError } from '../connector.ts';
import { type EmrUrlPolicy, emrUrl } from '../fhir-rest/emr-url.ts';
import { createFhirClient, type TokenSource } from '../fhir-rest/fhir-client.ts';
import { createFhirConnector } from '../fhir-rest/fhir-connector.ts';
import { type SendHttp, sendHttp } from '../fhir-rest/http-exchange.ts';
import { PrivateKeyError, readPrivateKey } from './private-key.ts';
import {
  defaultCallsPerMinute,
  type FhirSettings,
  readSettings,
  type SettingProblem,
  settingProblems,
} from './settings.ts';
import { createTokenCache, type TokenCache } from './token-cache.ts';
import { requestToken, type TokenDependencies } from './token-endpoint.ts';

export interface FhirConnectorFactoryOptions {
  readonly clock: Clock;
  /** A new id for each assertion of a token request. */
  readonly nextId: () => string;
  /** PRECERT_EMR_KEYS_DIR: a folder for each organization, so that none signs with another one's key. */
  readonly keysDirectory: string | undefined;
  readonly urlPolicy: EmrUrlPolicy;
  /** PRECERT_EMR_ORIGINS. */
  readonly openOrigins: readonly string[];
  readonly send?: SendHttp;
  readonly readTimeoutMs?: number;
  readonly createTimeoutMs?: number;
  readonly settlingMs?: number;
}

/** A server behind gateways may go on with a request that its client has given up. */
const defaultSettlingMs = 2 * 60 * 1000;

/** Any EMR that serves FHIR R4 with SMART Backend Services; docs/guides/connect-an-emr.md says what it must offer. */
export function fhirConnectorFactory(options: FhirConnectorFactoryOptions): EmrConnectorFactory {
  const { clock, urlPolicy, openOrigins, send = sendHttp } = options;
  const { readTimeoutMs = 20_000, createTimeoutMs = 30_000, settlingMs = defaultSettlingMs } = options;
  const cache = createTokenCache(clock);
  const keysOf = (organizationId: string) =>
    options.keysDirectory === undefined ? undefined : join(options.keysDirectory, organizationId);
  return {
    kind: 'fhir',
    checkSettings: (settings, organizationId) => {
      const problems = settingProblems(settings, urlPolicy);
      if (problems.length > 0) return problems;
      return keyProblems(keysOf(organizationId), String(settings.privateKeyFile));
    },
    origins: ({ baseUrl, tokenUrl }) =>
      [baseUrl, tokenUrl].flatMap((url) => (typeof url === 'string' ? [new URL(url).origin] : [])),
    // A practice's base: several of one EMR differ in their path alone, and number their records alike.
    placeOf: ({ baseUrl }) => emrUrl(String(baseUrl)).href,
    instanceDomain: ({ baseUrl }) =>
      typeof baseUrl === 'string' && URL.canParse(baseUrl) ? new URL(baseUrl).host : '',
    callsPerMinute: (settings) => readSettings(settings, urlPolicy)?.callsPerMinute ?? defaultCallsPerMinute,
    open(account, budget) {
      const settings = readSettings(account.settings, urlPolicy);
      if (settings === undefined) {
        throw new EmrReadError('rejected', 'The settings of the account are not usable.');
      }
      const { nextId } = options;
      const keysDirectory = keysOf(account.organizationId);
      const dependencies = { clock, send, budget, keysDirectory, urlPolicy, openOrigins, nextId };
      const client = createFhirClient({
        baseUrl: emrUrl(settings.baseUrl),
        budget,
        tokens: tokenSource(cache, dependencies, account, settings),
        send,
        clock,
        readTimeoutMs,
        createTimeoutMs,
      });
      const { searchClaims: claimSearch } = settings;
      return createFhirConnector({ client, clock, claimSearch, createTimeoutMs, settlingMs });
    },
  };
}

/** Kept by account and settings: an account linked anew does not get the token of before. */
function tokenSource(
  cache: TokenCache,
  dependencies: TokenDependencies,
  { organizationId, accountId }: EmrAccount,
  settings: FhirSettings,
): TokenSource {
  const key = JSON.stringify([organizationId, accountId, settings]);
  return {
    token: (signal) => cache.get(key, (own) => requestToken(dependencies, settings, own), signal),
    forget: (token) => cache.forget(key, token),
  };
}

function keyProblems(directory: string | undefined, file: string): readonly SettingProblem[] {
  try {
    readPrivateKey(directory, file);
    return [];
  } catch (error) {
    if (!(error instanceof PrivateKeyError)) throw error;
    return [{ field: 'privateKeyFile', message: error.message }];
  }
}
