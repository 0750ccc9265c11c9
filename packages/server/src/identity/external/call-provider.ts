import { ProviderFailure } from './provider-failure.ts';

export interface ProviderRequest {
  readonly url: string;
  readonly timeoutMs: number;
  /** Sent as JSON in a POST; without one it is a GET. */
  readonly body?: unknown;
  readonly bearer?: string;
}

/** Far above any answer we ask for. */
const maximumBytes = 256 * 1024;
const maximumRetryAfterSeconds = 60;

/**
 * One call, not repeated: the JSON of a 2xx answer. Redirects are not followed, the answer is bounded in time and size.
 * @throws ProviderFailure for everything else
 */
export async function callProvider(request: ProviderRequest): Promise<unknown> {
  const signal = AbortSignal.timeout(request.timeoutMs);
  try {
    const response = await fetch(request.url, requestInit(request, signal));
    if (!response.ok) {
      await response.body?.cancel();
      throw refusal(response);
    }
    return parse(await readText(response));
  } catch (error) {
    throw error instanceof ProviderFailure ? error : new ProviderFailure('unavailable', { cause: error });
  }
}

function requestInit({ body, bearer }: ProviderRequest, signal: AbortSignal): RequestInit {
  const headers = new Headers({ accept: 'application/json' });
  if (bearer !== undefined) headers.set('authorization', `Bearer ${bearer}`);
  if (body === undefined) return { headers, signal, redirect: 'error' };
  headers.set('content-type', 'application/json');
  return { method: 'POST', headers, body: JSON.stringify(body), signal, redirect: 'error' };
}

/** A 4xx is about our own call: the token we ask about stands in the body, where its faults are a good answer. */
function refusal(response: Response): ProviderFailure {
  if (response.status === 429) {
    const retryAfterSeconds = retryAfter(response.headers.get('retry-after'));
    return new ProviderFailure('rate_limited', { retryAfterSeconds });
  }
  if (response.status === 401 || response.status === 403) return new ProviderFailure('credential_refused');
  return new ProviderFailure(response.status < 500 ? 'request_refused' : 'unavailable');
}

function retryAfter(value: string | null): number {
  const seconds = /^\d{1,9}$/.test(value ?? '') ? Number(value) : 1;
  return Math.min(Math.max(seconds, 1), maximumRetryAfterSeconds);
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let received = 0;
  for await (const chunk of response.body ?? []) {
    received += chunk.length;
    // Leaving the loop cancels the rest.
    if (received > maximumBytes) throw new ProviderFailure('malformed_answer');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ProviderFailure('malformed_answer', { cause: error });
  }
}
