import type { Clock } from '../../platform/clock.ts';
import { callProvider } from './call-provider.ts';
import { ProviderFailure, type ProviderFailureReason } from './provider-failure.ts';

/** What WorkOS says of a live key. */
export interface WorkosKey {
  readonly id: string;
  readonly ownerType: string;
  readonly ownerId: string;
  readonly permissions: readonly string[];
}

/** Undefined: no such key. @throws ProviderFailure when WorkOS cannot be asked or makes no sense */
export type ValidateWorkosKey = (key: string) => Promise<WorkosKey | undefined>;

/** Calls under way at once. Above it strangers with made-up keys would use up what WorkOS allows us. */
const maximumUnderWay = 32;

/** Failures that the next key would meet too. No others: a stranger must not find a key that stops everybody's. */
const pausing: readonly ProviderFailureReason[] = ['rate_limited', 'credential_refused'];

/** `POST /api_keys/validations`: 200 with `api_key: null` for a bad key; every other refusal is about our own call. */
export function createWorkosKeyValidation(dependencies: {
  readonly apiUrl: string;
  readonly apiKey: string;
  readonly clock: Clock;
  readonly timeoutMs: number;
}): ValidateWorkosKey {
  const { apiUrl, apiKey, clock, timeoutMs } = dependencies;
  let underWay = 0;
  let paused: { readonly until: number; readonly failure: ProviderFailure } | undefined;

  async function ask(key: string): Promise<WorkosKey | undefined> {
    underWay += 1;
    try {
      const url = `${apiUrl}/api_keys/validations`;
      return readAnswer(await callProvider({ url, timeoutMs, bearer: apiKey, body: { value: key } }));
    } catch (error) {
      if (error instanceof ProviderFailure && pausing.includes(error.reason)) {
        paused = { until: clock.now().getTime() + error.retryAfterSeconds * 1000, failure: error };
      }
      throw error;
    } finally {
      underWay -= 1;
    }
  }

  return async (key) => {
    if (paused !== undefined && clock.now().getTime() < paused.until) throw paused.failure;
    if (underWay >= maximumUnderWay) throw new ProviderFailure('rate_limited', { retryAfterSeconds: 1 });
    return ask(key);
  };
}

function readAnswer(answer: unknown): WorkosKey | undefined {
  const key = field(answer, 'api_key');
  if (key === null) return undefined;
  const owner = field(key, 'owner');
  const permissions = field(key, 'permissions');
  if (!Array.isArray(permissions) || !permissions.every((one) => typeof one === 'string')) throw malformed();
  return { id: text(key, 'id'), ownerType: text(owner, 'type'), ownerId: text(owner, 'id'), permissions };
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) throw malformed();
  return Reflect.get(value, name);
}

function text(value: unknown, name: string): string {
  const found = field(value, name);
  if (typeof found !== 'string' || found === '' || found.length > 255 || found.includes('\0'))
    throw malformed();
  return found;
}

function malformed(): ProviderFailure {
  return new ProviderFailure('malformed_answer');
}
