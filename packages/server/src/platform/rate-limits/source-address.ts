import { isIPv4, isIPv6 } from 'node:net';

/**
 * The party behind an address: an IPv4 address, or the /64 network that an IPv6 host is given to choose its addresses
 * from (RFC 4291, 2.5.4). Some proxies write the port behind the address; it changes with each connection and is dropped.
 */
export function sourceOfAddress(address: string): string {
  const bare = address.replace(/^\[(.*)\](?::\d+)?$/, '$1').replace(/%.*$/s, '');
  const [withoutPort = ''] = bare.includes('.') && !bare.includes('::') ? bare.split(':') : [bare];
  if (isIPv4(withoutPort)) return withoutPort;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1];
  if (mapped !== undefined) return mapped;
  // What is no address comes from a proxy that was told to be trusted.
  return isIPv6(bare) ? networkOf(bare) : bare.slice(0, 64);
}

function networkOf(address: string): string {
  // The URL parser writes an address in its one canonical form, with `::` for the longest run of zeros.
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - groups.length - after.length;
  return [...groups, ...Array<string>(zeros).fill('0'), ...after].slice(0, 4).join(':');
}
