import type { Clock } from '../../platform/clock.ts';
import { type CallBudget, EmrReadError } from '../connector.ts';
import { readSearchPage, type SearchPage } from './bundle.ts';
import type { HttpAnswer, HttpExchange, SendHttp } from './http-exchange.ts';
import { isObject, type JsonObject, parseJson } from './json-values.ts';
import { retryAfterMs } from './retry-after.ts';

/** Who hands out the bearer token of an account. */
export interface TokenSource {
  /** @throws EmrReadError */
  token(signal: AbortSignal): Promise<string>;
  /** The EMR refused this token: the next one is a new one. */
  forget(token: string): void;
}

export interface FhirClientOptions {
  readonly baseUrl: URL;
  readonly budget: CallBudget;
  /** Left out: the EMR asks for none. */
  readonly tokens?: TokenSource;
  readonly send: SendHttp;
  readonly clock: Clock;
  readonly readTimeoutMs: number;
  readonly createTimeoutMs: number;
}

/** FHIR over HTTP, no more than the connectors need. Every call is taken from the budget. */
export interface FhirClient {
  readonly baseUrl: URL;
  /** @throws EmrReadError */
  readResource(path: string, signal: AbortSignal): Promise<JsonObject>;
  /**
   * @param options `strict`: parameters that the EMR does not know are an error, not passed over (R4, 3.1.1.1)
   * @throws EmrReadError
   */
  search(
    url: URL,
    type: string,
    signal: AbortSignal,
    options?: { readonly strict: boolean },
  ): Promise<SearchPage>;
  /**
   * Creates a resource unless one with this identifier exists (R4, conditional create).
   * @throws EmrReadError when nothing was sent
   */
  create(resource: JsonObject, ifNoneExist: string, signal: AbortSignal): Promise<HttpExchange>;
}

/** Bundles of a hundred resources are far below. */
const maximumReadBytes = 8 * 1024 * 1024;
const maximumCreateAnswerBytes = 1024 * 1024;
/** An EMR that says to wait but not how long (eClinicalWorks blocks until its minute is over). */
const defaultPauseMs = 60_000;

export function createFhirClient(options: FhirClientOptions): FhirClient {
  const { baseUrl } = options;
  const read = async (url: URL, signal: AbortSignal, strict = false) => {
    const preference = strict ? { prefer: 'handling=strict' } : {};
    const answer = await withFreshToken(options, signal, (headers) =>
      call(options, { method: 'GET', url, headers: { ...headers, ...preference }, signal }),
    );
    return readBody(answer, options.clock);
  };
  return {
    baseUrl,
    readResource: (path, signal) => read(new URL(`${baseUrl.href}/${path}`), signal),
    search: async (url, type, signal, { strict } = { strict: false }) =>
      readSearchPage(await read(url, signal, strict), type, baseUrl),
    create: (resource, ifNoneExist, signal) =>
      withFreshToken(options, signal, (headers) => {
        const url = new URL(`${baseUrl.href}/${String(resource.resourceType)}`);
        return call(options, {
          method: 'POST',
          url,
          headers: {
            ...headers,
            'content-type': 'application/fhir+json',
            'if-none-exist': ifNoneExist,
            prefer: 'return=representation',
          },
          body: JSON.stringify(resource),
          signal,
        });
      }),
  };
}

/**
 * A token may be withdrawn before its time. 401 says that the request was not carried out (RFC 9110, 15.5.2), so one
 * more try with a new token repeats nothing, not even a create.
 */
async function withFreshToken(
  { tokens }: FhirClientOptions,
  signal: AbortSignal,
  ask: (headers: Readonly<Record<string, string>>) => Promise<HttpExchange>,
): Promise<HttpExchange> {
  const common = { accept: 'application/fhir+json' };
  if (tokens === undefined) return ask(common);
  const token = await tokens.token(signal);
  const first = await ask({ ...common, authorization: `Bearer ${token}` });
  if (first.kind !== 'answered' || first.status !== 401) return first;
  tokens.forget(token);
  return ask({ ...common, authorization: `Bearer ${await tokens.token(signal)}` });
}

interface Call {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

async function call(options: FhirClientOptions, request: Call): Promise<HttpExchange> {
  const { budget, clock, send } = options;
  await takeCall(budget, request.signal);
  const isCreate = request.method === 'POST';
  const exchange = await send({
    ...request,
    timeoutMs: isCreate ? options.createTimeoutMs : options.readTimeoutMs,
    maximumBytes: isCreate ? maximumCreateAnswerBytes : maximumReadBytes,
  });
  const pauseMs = exchange.kind === 'answered' ? pauseFor(exchange, clock) : undefined;
  // The answer is clear whether or not the others hear of the pause; who calls next is told by the EMR itself.
  if (pauseMs !== undefined) await budget.pause(pauseMs).catch(() => undefined);
  return exchange;
}

/** @throws EmrReadError whatever went wrong: without a call from the budget nothing is sent */
export async function takeCall(budget: CallBudget, signal: AbortSignal): Promise<void> {
  try {
    await budget.take(signal);
  } catch (error) {
    if (error instanceof EmrReadError) throw error;
    throw new EmrReadError('unavailable', 'No call could be taken from the budget.', { cause: error });
  }
}

function pauseFor({ status, headers }: HttpAnswer, clock: Clock): number | undefined {
  const told = retryAfterMs(headers, clock.now());
  if (status === 429) return told ?? defaultPauseMs;
  return status === 503 ? told : undefined;
}

/** @throws EmrReadError */
function readBody(exchange: HttpExchange, clock: Clock): JsonObject {
  if (exchange.kind !== 'answered') throw new EmrReadError('unavailable', `No answer. ${exchange.reason}`);
  const { status, headers, body } = exchange;
  if (status !== 200) throw readFailure(status, pauseFor(exchange, clock));
  const encoding = headers['content-encoding'] ?? 'identity';
  const value = encoding === 'identity' ? parseJson(body) : undefined;
  if (!isObject(value)) throw new EmrReadError('unavailable', 'The answer of the EMR is not readable.');
  return value;
}

/** Statuses of a read in the contract's terms. 403 is no login: the account may log in and still may not do this. */
function readFailure(status: number, waitMs: number | undefined): EmrReadError {
  const options = waitMs === undefined ? {} : { retryAfterMs: waitMs };
  if (status === 401) return new EmrReadError('login_required', 'The EMR no longer accepts the credentials.');
  if (status === 429) return new EmrReadError('unavailable', 'The EMR allows no more calls now.', options);
  if (status >= 500 || status === 408 || status === 425) {
    return new EmrReadError('unavailable', `The EMR answered with status ${status}.`, options);
  }
  return new EmrReadError('rejected', `The EMR refused to answer, with status ${status}.`);
}
