import { PrecertError } from '../../platform/errors.ts';

/**
 * `credential_refused`: our own access to the provider fails, which only the operator can mend. `request_refused`: it
 * does not take our request as it is.
 */
export type ProviderFailureReason =
  | 'credential_refused'
  | 'request_refused'
  | 'rate_limited'
  | 'unavailable'
  | 'malformed_answer';

/** An identity provider that cannot be asked or makes no sense. Never the caller's fault, and never a pass. */
export class ProviderFailure extends Error {
  override readonly name = 'ProviderFailure';
  readonly reason: ProviderFailureReason;
  readonly retryAfterSeconds: number;

  constructor(
    reason: ProviderFailureReason,
    options: { readonly retryAfterSeconds?: number; readonly cause?: unknown } = {},
  ) {
    super(`identity provider: ${reason}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = reason;
    this.retryAfterSeconds = options.retryAfterSeconds ?? 5;
  }
}

/** What the caller hears of it. */
export function identityUnavailable(failure: ProviderFailure): PrecertError {
  return new PrecertError(
    'service_unavailable',
    'The bearer token cannot be checked now. Try again shortly.',
    {
      retryAfterSeconds: failure.retryAfterSeconds,
      cause: failure,
    },
  );
}
