/**
 * Which addresses a URL given by a customer may lead to. Only what is globally reachable may be dialled: everything
 * else is this machine, its network, a cloud's metadata service, or an address that smuggles one of these inside.
 */

import { BlockList, isIP } from 'node:net';

/** `private`: this machine or the network around it, which an operator may allow. The others are never dialled. */
export type AddressKind = 'public' | 'private' | 'reserved';

type Range = readonly [network: string, prefix: number];

const privateRanges: readonly Range[] = [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['127.0.0.0', 8],
  // Shared by carriers and container networks (RFC 6598).
  ['100.64.0.0', 10],
  ['::1', 128],
  ['fc00::', 7],
];

const reservedRanges: readonly Range[] = [
  ['0.0.0.0', 8],
  // Link-local, where clouds serve credentials.
  ['169.254.0.0', 16],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  // Protocol assignments, Teredo and ORCHID among them.
  ['2001::', 23],
  ['2001:db8::', 32],
  // 6to4: an IPv4 address inside.
  ['2002::', 16],
  // Documentation (RFC 9637).
  ['3fff::', 20],
];

/** All that is handed out to hosts (RFC 4291, 2.4). Mapped and NAT64 addresses, ULA, link-local, multicast stand outside. */
const globalUnicast = blockList([['2000::', 3]]);
const privateList = blockList(privateRanges);
const reservedList = blockList(reservedRanges);

/** @param address as text; what is no address in the usual form counts as reserved. */
export function addressKind(address: string): AddressKind {
  const version = isIP(address);
  // A zone (`fe80::1%eth0`) names an interface of this machine.
  if (version === 0 || address.includes('%')) return 'reserved';
  const family = version === 4 ? 'ipv4' : 'ipv6';
  // The lists see through `::ffff:10.0.0.1`; we take no address in disguise.
  if (family === 'ipv6' && isMapped(address)) return 'reserved';
  if (privateList.check(address, family)) return 'private';
  if (reservedList.check(address, family)) return 'reserved';
  return family === 'ipv4' || globalUnicast.check(address, family) ? 'public' : 'reserved';
}

const mappedList = blockList([['::ffff:0:0', 96]]);

function isMapped(address: string): boolean {
  return mappedList.check(address, 'ipv6');
}

function blockList(ranges: readonly Range[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of ranges) {
    list.addSubnet(network, prefix, isIP(network) === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}
