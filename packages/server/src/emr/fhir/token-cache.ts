import type { Clock } from '../../platform/clock.ts';
import { EmrReadError } from '../connector.ts';
import type { IssuedToken } from './token-endpoint.ts';

/**
 * Access tokens of this process's accounts. Connectors come and go with the jobs; tokens live as long as the EMR lets
 * them. Nothing of it is stored.
 */
export interface TokenCache {
  /**
   * The account's token; asks for one when there is none that lasts. Callers of one account share the asking.
   * @throws what `request` throws; EmrReadError when the signal is aborted meanwhile
   */
  get(
    key: string,
    request: (signal: AbortSignal) => Promise<IssuedToken>,
    signal: AbortSignal,
  ): Promise<string>;
  forget(key: string, token: string): void;
}

/** A token must outlast the call it is for. */
const reserveMs = 45_000;
const maximumTokens = 10_000;

export function createTokenCache(clock: Clock): TokenCache {
  const tokens = new Map<string, IssuedToken>();
  const underway = new Map<string, Promise<IssuedToken>>();

  function ask(key: string, request: (signal: AbortSignal) => Promise<IssuedToken>): Promise<IssuedToken> {
    // With no caller's signal: the others still wait for it when one gives up.
    const asking = request(new AbortController().signal)
      .then((issued) => {
        keep(tokens, key, issued, clock);
        return issued;
      })
      .finally(() => underway.delete(key));
    underway.set(key, asking);
    return asking;
  }

  return {
    async get(key, request, signal) {
      const kept = tokens.get(key);
      if (kept !== undefined && lasts(kept, clock)) return kept.token;
      const asking = underway.get(key) ?? ask(key, request);
      return (await untilAborted(asking, signal)).token;
    },
    forget(key, token) {
      // Another caller may have a newer one by now.
      if (tokens.get(key)?.token === token) tokens.delete(key);
    },
  };
}

/** A token that lives shorter than the reserve is used for half its life. */
function lasts({ expiresAt }: IssuedToken, clock: Clock): boolean {
  return expiresAt.getTime() > clock.now().getTime();
}

function keep(tokens: Map<string, IssuedToken>, key: string, issued: IssuedToken, clock: Clock): void {
  const lifeMs = issued.expiresAt.getTime() - clock.now().getTime();
  const usableMs = Math.max(lifeMs - reserveMs, lifeMs / 2);
  if (tokens.size >= maximumTokens) tokens.clear();
  tokens.set(key, { token: issued.token, expiresAt: new Date(clock.now().getTime() + usableMs) });
}

async function untilAborted<Result>(asking: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const aborted = Promise.withResolvers<never>();
  const giveUp = () => aborted.reject(new EmrReadError('unavailable', 'The call was given up.'));
  if (signal.aborted) giveUp();
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([asking, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
