import { SignJWT } from 'jose';
import type { Clock } from '../../platform/clock.ts';
import { type CallBudget, EmrReadError } from '../connector.ts';
import { type EmrUrlPolicy, emrUrlProblem } from '../fhir-rest/emr-url.ts';
import { takeCall } from '../fhir-rest/fhir-client.ts';
import type { HttpAnswer, HttpExchange, SendHttp } from '../fhir-rest/http-exchange.ts';
import { finiteNumber, parseJson, text } from '../fhir-rest/json-values.ts';
import { retryAfterMs } from '../fhir-rest/retry-after.ts';
import { PrivateKeyError, readPrivateKey } from './private-key.ts';
import type { FhirSettings } from './settings.ts';

export interface TokenDependencies {
  readonly clock: Clock;
  readonly send: SendHttp;
  readonly budget: CallBudget;
  readonly keysDirectory: string | undefined;
  readonly urlPolicy: EmrUrlPolicy;
  /** Origins beside the EMR's own at which a discovered token endpoint is taken (PRECERT_EMR_ORIGINS). */
  readonly openOrigins: readonly string[];
  /** A new id for each assertion. */
  readonly nextId: () => string;
}

export interface IssuedToken {
  readonly token: string;
  readonly expiresAt: Date;
}

const timeoutMs = 10_000;
const maximumBytes = 256 * 1024;
/** SMART allows an assertion five minutes at most; two leave room for clocks that differ. */
const assertionSeconds = 120;
const shortestLifetimeSeconds = 30;
const longestLifetimeSeconds = 3_600;

/**
 * Asks for a token by SMART Backend Services: a signed assertion instead of a secret (SMART App Launch 2.1).
 * @throws EmrReadError `login_required` when the EMR does not accept the app any more
 */
export async function requestToken(
  dependencies: TokenDependencies,
  settings: FhirSettings,
  signal: AbortSignal,
): Promise<IssuedToken> {
  const { budget, clock, send } = dependencies;
  const tokenUrl = settings.tokenUrl ?? (await discoverTokenUrl(dependencies, settings, signal));
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    scope: settings.scopes.join(' '),
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await signAssertion(dependencies, settings, tokenUrl),
  });
  await takeCall(budget, signal);
  const exchange = await send({
    method: 'POST',
    url: new URL(tokenUrl),
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: form.toString(),
    timeoutMs,
    maximumBytes,
    signal,
  });
  const answer = await requireAnswer(dependencies, exchange);
  return readToken(answer, clock.now());
}

/** @throws EmrReadError `unavailable`: a key that cannot be read is the operator's to mend, not the practice's */
async function signAssertion(
  { clock, keysDirectory, nextId }: TokenDependencies,
  { clientId, keyId, privateKeyFile }: FhirSettings,
  tokenUrl: string,
): Promise<string> {
  const now = Math.floor(clock.now().getTime() / 1000);
  try {
    return await new SignJWT({})
      .setProtectedHeader({ alg: 'RS384', kid: keyId, typ: 'JWT' })
      .setIssuer(clientId)
      .setSubject(clientId)
      .setAudience(tokenUrl)
      .setJti(nextId())
      .setIssuedAt(now)
      .setExpirationTime(now + assertionSeconds)
      .sign(readPrivateKey(keysDirectory, privateKeyFile));
  } catch (error) {
    if (!(error instanceof PrivateKeyError)) throw error;
    throw new EmrReadError('unavailable', error.message, { cause: error });
  }
}

/**
 * What an EMR names here nobody has looked at, and an assertion is sent to it from inside the operator's network: so it
 * lies at the EMR's own origin or one that the operator opened. Another one has to be written into the settings.
 * @throws EmrReadError `unavailable`, also when it is not there: an address can be mended while claims wait
 */
async function discoverTokenUrl(
  dependencies: TokenDependencies,
  { baseUrl }: FhirSettings,
  signal: AbortSignal,
): Promise<string> {
  await takeCall(dependencies.budget, signal);
  const exchange = await dependencies.send({
    method: 'GET',
    url: new URL(`${baseUrl.replace(/(?<!\/)\/+$/, '')}/.well-known/smart-configuration`),
    headers: { accept: 'application/json' },
    timeoutMs,
    maximumBytes,
    signal,
  });
  const answer = await requireAnswer(dependencies, exchange);
  const tokenUrl = answer.status === 200 ? text(parseJson(answer.body), 'token_endpoint') : undefined;
  if (tokenUrl === undefined || emrUrlProblem(tokenUrl, dependencies.urlPolicy) !== undefined) {
    throw new EmrReadError('unavailable', 'The EMR names no usable token endpoint; set tokenUrl.');
  }
  const { origin } = new URL(tokenUrl);
  if (origin !== new URL(baseUrl).origin && !dependencies.openOrigins.includes(origin)) {
    const message = 'The EMR names a token endpoint at an origin that is not its own; set tokenUrl.';
    throw new EmrReadError('unavailable', message);
  }
  return tokenUrl;
}

/** @throws EmrReadError `unavailable` for everything that may be better later */
async function requireAnswer(
  { budget, clock }: TokenDependencies,
  exchange: HttpExchange,
): Promise<HttpAnswer> {
  if (exchange.kind !== 'answered') {
    throw new EmrReadError('unavailable', `The token endpoint gave no answer. ${exchange.reason}`);
  }
  const { status, headers } = exchange;
  if (status < 500 && ![408, 425, 429].includes(status)) return exchange;
  const told = retryAfterMs(headers, clock.now());
  const waitMs = told ?? (status === 429 ? 60_000 : undefined);
  // Whether the others hear of it or not, this caller waits.
  if (waitMs !== undefined) await budget.pause(waitMs).catch(() => undefined);
  const options = waitMs === undefined ? {} : { retryAfterMs: waitMs };
  throw new EmrReadError('unavailable', `The token endpoint answered with status ${status}.`, options);
}

/** RFC 6749, 5.2. Only these are repeated: the rest of the answer is anybody's. */
const oauthErrors: readonly string[] = [
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
];

/** @throws EmrReadError */
function readToken({ status, body }: HttpAnswer, now: Date): IssuedToken {
  const answer = parseJson(body);
  if (status >= 400) {
    const error = text(answer, 'error') ?? '';
    const named = oauthErrors.includes(error) ? ` (${error})` : '';
    throw new EmrReadError('login_required', `The EMR no longer accepts this app for the account${named}.`);
  }
  const token = text(answer, 'access_token');
  const type = text(answer, 'token_type')?.toLowerCase();
  // As a header takes it (RFC 6750, 2.1); anything else could not be sent.
  if (status !== 200 || token === undefined || !/^[A-Za-z0-9\-._~+/]+=*$/.test(token) || type !== 'bearer') {
    throw new EmrReadError('unavailable', 'The answer of the token endpoint is not readable.');
  }
  const told = finiteNumber(answer, 'expires_in') ?? shortestLifetimeSeconds;
  const seconds = Math.min(Math.max(told, shortestLifetimeSeconds), longestLifetimeSeconds);
  return { token, expiresAt: new Date(now.getTime() + seconds * 1000) };
}
