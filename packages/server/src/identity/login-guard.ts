import { PrecertError } from '../platform/errors.ts';

/** Where an attempt comes from. */
export interface LoginSource {
  /** Of the connection, or as the trusted proxies tell it. */
  readonly address: string;
  /** Undefined: there was none, or none that could be one. Hash it before it is stored anywhere. */
  readonly token: string | undefined;
  /** What names the key, where that is no part of the token. */
  readonly key?: string | undefined;
}

/** Slows down whoever tries tokens. What it counts must be shared by all processes to mean anything. */
export interface LoginGuard {
  /** Before a token is looked at. @throws PrecertError `rate_limited` */
  admit(source: LoginSource): Promise<void> | void;
  /** After a token was refused as no live credential. @throws PrecertError `rate_limited`, in place of that refusal */
  onRefused(source: LoginSource): Promise<void> | void;
  /** After a token turned out to be a live credential. */
  onAccepted(source: LoginSource): void;
}

/**
 * One attempt under the guard. Only wrong tokens count: a failing provider, or a key of the other environment, is no
 * guess.
 * @throws what the attempt throws; PrecertError `rate_limited`
 */
export async function logInUnderGuard<Result>(
  guard: LoginGuard | undefined,
  source: LoginSource,
  attempt: () => Promise<Result>,
): Promise<Result> {
  await guard?.admit(source);
  try {
    const result = await attempt();
    guard?.onAccepted(source);
    return result;
  } catch (error) {
    if (error instanceof PrecertError && error.code === 'unauthorized') await guard?.onRefused(source);
    throw error;
  }
}
