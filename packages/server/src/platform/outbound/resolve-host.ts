import { Resolver } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { OutboundError } from './outbound-errors.ts';

/** All addresses of a name; rejects when there are none. Must stop at the signal. */
export type ResolveHost = (host: string, signal: AbortSignal) => Promise<readonly string[]>;

/**
 * By the domain name system alone, on sockets of our own: the system's resolver works in the four threads that files
 * need too, and a name server that does not answer would block them.
 */
export const resolveByDns: ResolveHost = async (host, signal) => {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  signal.addEventListener('abort', () => resolver.cancel(), { once: true });
  const found = await Promise.all([
    answersTo((done) => resolver.resolve4(host, done)),
    answersTo((done) => resolver.resolve6(host, done)),
  ]);
  return found.flat();
};

/** As the machine does it, its `hosts` file and search domains included: for receivers in the same network. */
export const resolveBySystem: ResolveHost = async (host) => {
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => address);
};

type Done = (error: Error | null, addresses: string[]) => void;

/** A name with addresses of one kind only is usual, so that a failed half is no addresses. */
function answersTo(ask: (done: Done) => void): Promise<readonly string[]> {
  return new Promise((resolve) => ask((error, addresses) => resolve(error === null ? addresses : [])));
}

const resolveTimeoutMs = 5_000;

/** @throws OutboundError `name_not_resolved` */
export async function resolveInTime(resolve: ResolveHost, host: string): Promise<readonly string[]> {
  const timeout = AbortSignal.timeout(resolveTimeoutMs);
  const late = new Promise<never>((_, reject) => {
    timeout.addEventListener('abort', () => reject(new OutboundError('name_not_resolved', timeout.reason)), {
      once: true,
    });
  });
  try {
    const addresses = await Promise.race([resolve(host, timeout), late]);
    if (addresses.length > 0) return addresses;
  } catch (error) {
    throw error instanceof OutboundError ? error : new OutboundError('name_not_resolved', error);
  }
  throw new OutboundError('name_not_resolved');
}
