/**
 * The way out to URLs that customers or operators name. Every address a name has is judged, and the connection goes
 * to a judged address, never to what the name means when it is asked again. What this does not protect against: a
 * public host that passes calls on, and names of the operator's own that are publicly reachable.
 */

import { OutboundError, OutboundRefusedError } from './outbound-errors.ts';
import { literalAddress, mayDial, type OutboundRules, readOutboundUrl } from './outbound-url.ts';
import { type OutboundAnswer, type OutboundRequest, sendPinned } from './pinned-request.ts';
import { type ResolveHost, resolveByDns, resolveBySystem, resolveInTime } from './resolve-host.ts';

export interface Outbound {
  /**
   * Whether a URL may be called, its name resolved and judged. For the moment it is registered; every call judges anew.
   * @throws OutboundRefusedError with what to mend
   */
  check(url: string): Promise<void>;
  /**
   * Sends one request to a judged address and follows nothing.
   * @throws OutboundError, with `address_refused` for a URL that `check` would refuse
   */
  send(url: string, request: OutboundRequest): Promise<OutboundAnswer>;
}

export interface OutboundOptions extends OutboundRules {
  readonly resolve?: ResolveHost | undefined;
  /** Certificates (PEM) to trust in place of the usual ones. */
  readonly certificateAuthorities?: readonly string[] | undefined;
}

export function createOutbound(options: OutboundOptions): Outbound {
  const resolve = options.resolve ?? (options.allowPrivate ? resolveBySystem : resolveByDns);
  const { certificateAuthorities } = options;

  /** @throws OutboundError */
  async function judgedAddresses(url: URL): Promise<readonly string[]> {
    const literal = literalAddress(url);
    const addresses = literal === undefined ? await resolveInTime(resolve, url.hostname) : [literal];
    // One bad address refuses the name: which of them is dialled is not ours to choose.
    if (addresses.every((address) => mayDial(address, options))) return addresses;
    throw new OutboundError('address_refused');
  }

  return {
    async check(text) {
      const url = readOutboundUrl(text, options);
      try {
        await judgedAddresses(url);
      } catch (error) {
        if (!(error instanceof OutboundError)) throw error;
        throw new OutboundRefusedError(
          error.failure === 'address_refused'
            ? 'The host leads to an address that is not open to calls from here.'
            : 'The host’s name cannot be resolved.',
          { cause: error },
        );
      }
    },
    async send(text, request) {
      const startedAt = performance.now();
      const url = readUrl(text, options);
      const addresses = await judgedAddresses(url);
      const spentMs = performance.now() - startedAt;
      const totalTimeoutMs = Math.max(1, request.totalTimeoutMs - spentMs);
      return sendPinned({ url, addresses, certificateAuthorities }, { ...request, totalTimeoutMs });
    },
  };
}

/** @throws OutboundError `address_refused` */
function readUrl(text: string, rules: OutboundRules): URL {
  try {
    return readOutboundUrl(text, rules);
  } catch (error) {
    throw new OutboundError('address_refused', error);
  }
}
