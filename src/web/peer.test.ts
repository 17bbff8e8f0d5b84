import { describe, expect, it } from 'vitest';
import { peerOf } from './peer.ts';

describe('the name under which an address is counted', () => {
  it.each([
    ['an IPv4 address is itself', '192.0.2.7', '192.0.2.7'],
    ['an IPv4 address that came over IPv6 is that one', '::ffff:192.0.2.7', '192.0.2.7'],
    ['an IPv6 address is its network', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['with zeros left out', '2001:db8::6', '2001:db8:0:0'],
    ['with zeros left out behind the network', '2001:db8:1:2::', '2001:db8:1:2'],
    ['loopback', '::1', '0:0:0:0'],
    ['nothing, where the connection is gone', undefined, ''],
  ])('%s', (_what, address, name) => {
    expect(peerOf(address)).toBe(name);
  });

  it('is the same for every address of one network, so that nobody is counted 2^64 times', () => {
    expect(peerOf('2001:db8:1:2::1')).toBe(peerOf('2001:db8:1:2:ffff:ffff:ffff:ffff'));
    expect(peerOf('2001:db8:1:3::1')).not.toBe(peerOf('2001:db8:1:2::1'));
  });
});
