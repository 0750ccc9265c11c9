import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressKind } from './reserved-addresses.ts';

describe('the kind of an address', () => {
  test.each([
    ['1.1.1.1', 'public'],
    ['8.8.8.8', 'public'],
    ['9.255.255.255', 'public'],
    ['11.0.0.0', 'public'],
    ['100.63.255.255', 'public'],
    ['100.128.0.0', 'public'],
    ['172.15.255.255', 'public'],
    ['172.32.0.0', 'public'],
    ['192.167.255.255', 'public'],
    ['192.169.0.0', 'public'],
    ['223.255.255.255', 'public'],
    ['2606:4700:4700::1111', 'public'],
    ['2001:200::1', 'public'],
    ['2001:4860:4860::8888', 'public'],
    ['10.0.0.0', 'private'],
    ['10.255.255.255', 'private'],
    ['127.0.0.1', 'private'],
    ['127.255.255.254', 'private'],
    ['172.16.0.0', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.255.255', 'private'],
    ['100.64.0.0', 'private'],
    ['100.127.255.255', 'private'],
    ['::1', 'private'],
    ['fc00::1', 'private'],
    ['fdff::1', 'private'],
    ['0.0.0.0', 'reserved'],
    ['0.255.255.255', 'reserved'],
    ['169.254.169.254', 'reserved'],
    ['192.0.0.1', 'reserved'],
    ['192.0.2.1', 'reserved'],
    ['192.88.99.1', 'reserved'],
    ['198.18.0.1', 'reserved'],
    ['198.19.255.255', 'reserved'],
    ['198.51.100.1', 'reserved'],
    ['203.0.113.1', 'reserved'],
    ['224.0.0.1', 'reserved'],
    ['239.255.255.255', 'reserved'],
    ['240.0.0.1', 'reserved'],
    ['255.255.255.255', 'reserved'],
    ['::', 'reserved'],
    ['::127.0.0.1', 'reserved'],
    ['::ffff:127.0.0.1', 'reserved'],
    ['::ffff:7f00:1', 'reserved'],
    ['::ffff:8.8.8.8', 'reserved'],
    ['::ffff:0:10.0.0.1', 'reserved'],
    ['64:ff9b::7f00:1', 'reserved'],
    ['64:ff9b::8.8.8.8', 'reserved'],
    ['64:ff9b:1::1', 'reserved'],
    ['100::1', 'reserved'],
    ['2001::1', 'reserved'],
    ['2001:10::1', 'reserved'],
    ['2001:db8::1', 'reserved'],
    ['2002:7f00:1::', 'reserved'],
    ['2002:a00:1::1', 'reserved'],
    ['3fff::1', 'reserved'],
    ['fe80::1', 'reserved'],
    ['fe80::1%eth0', 'reserved'],
    ['febf::1', 'reserved'],
    ['fec0::1', 'reserved'],
    ['ff02::1', 'reserved'],
    ['4000::1', 'reserved'],
    ['', 'reserved'],
    ['localhost', 'reserved'],
    ['127.1', 'reserved'],
    ['0x7f000001', 'reserved'],
    ['017700000001', 'reserved'],
    ['2130706433', 'reserved'],
    ['127.0.0.1 ', 'reserved'],
    ['[::1]', 'reserved'],
  ])('of %j is %s', (address, kind) => {
    expect(addressKind(address)).toBe(kind);
  });

  test('is never public when an IPv4 address is put inside an IPv6 one', () => {
    const prefixes = ['::', '::ffff:', '::ffff:0:', '64:ff9b::', '64:ff9b:1::'];
    fc.assert(
      fc.property(fc.ipV4(), fc.constantFrom(...prefixes), (address, prefix) => {
        expect(addressKind(`${prefix}${address}`)).not.toBe('public');
      }),
    );
  });
});
