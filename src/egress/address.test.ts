import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reachOf, type Reach } from './address.ts';

type Block = readonly [first: number, bits: number];
const ipv4 = (...[a = 0, b = 0, c = 0, d = 0]: readonly number[]): number =>
  ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
const dotted = (address: number): string =>
  [24, 16, 8, 0].map((shift) => String((address >>> shift) & 255)).join('.');
const within = ([first, bits]: Block): fc.Arbitrary<number> =>
  fc.nat({ max: 2 ** (32 - bits) - 1 }).map((offset) => first + offset);
const contains = ([first, bits]: Block, address: number): boolean =>
  address >= first && address < first + 2 ** (32 - bits);

const inner: readonly Block[] = [
  [ipv4(10), 8],
  [ipv4(100, 64), 10],
  [ipv4(127), 8],
  [ipv4(172, 16), 12],
  [ipv4(192, 168), 16],
  [ipv4(198, 18), 15],
];
const never: readonly Block[] = [
  [ipv4(0), 8],
  [ipv4(100, 100, 100, 200), 32],
  [ipv4(168, 63, 129, 16), 32],
  [ipv4(169, 254), 16],
  [ipv4(192), 24],
  [ipv4(192, 0, 2), 24],
  [ipv4(192, 88, 99), 24],
  [ipv4(198, 51, 100), 24],
  [ipv4(203, 0, 113), 24],
  [ipv4(224), 4],
  [ipv4(240), 4],
];
const anywhereOf = (blocks: readonly Block[]): fc.Arbitrary<number> => fc.oneof(...blocks.map(within));
const anyGroup = fc.nat({ max: 0xffff }).map((group) => group.toString(16));
const groups = (length: number): fc.Arbitrary<string> =>
  fc.array(anyGroup, { minLength: length, maxLength: length }).map((all) => all.join(':'));

describe('an address', () => {
  it.each<[Reach, string, readonly string[]]>([
    ['public', 'of the internet', ['1.1.1.1', '8.8.8.8', '172.15.255.255', '172.32.0.0', '223.255.255.255']],
    ['public', 'of the internet in IPv6', ['2606:4700::1111', '2001:200::1', '3fff:1000::', '2A00:1450::1']],
    ['public', 'by which DNS64 names one of the internet', ['64:ff9b::8.8.8.8', '64:ff9b::808:808']],
    ['inner', 'of this machine', ['127.0.0.1', '127.255.255.255', '::1', '0:0:0:0:0:0:0:1']],
    ['inner', 'of a private network', ['10.0.0.1', '172.16.0.0', '172.31.255.255', '192.168.0.1', 'fd00::1']],
    ['inner', 'of a carrier', ['100.64.0.0', '100.127.255.255']],
    ['never', 'of metadata services', ['169.254.169.254', '168.63.129.16', '100.100.100.200', '192.0.0.192']],
    ['never', 'of metadata services in IPv6', ['fd00:ec2::254', 'fd20:ce::254', 'fd00:c1::a9fe:a9fe']],
    ['never', 'of a link', ['169.254.0.1', 'fe80::1', 'febf::1', 'fec0::1']],
    ['never', 'with a zone', ['fe80::1%eth0', '::1%lo', '2606:4700::1111%1']],
    ['never', 'of nobody', ['0.0.0.0', '0.1.2.3', '::', '::2', '4000::1', '1fff::1', '100::1']],
    ['never', 'of many', ['224.0.0.1', '239.255.255.255', 'ff02::1', '255.255.255.255']],
    ['never', 'that is reserved', ['240.0.0.1', '254.255.255.255', '2001:1ff::1']],
    ['never', 'of documents', ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff:fff::1']],
    [
      'never',
      'that is mapped',
      ['::ffff:8.8.8.8', '::ffff:127.0.0.1', '::ffff:a9fe:a9fe', '::ffff:0:8.8.8.8'],
    ],
    ['never', 'that is compatible', ['::127.0.0.1', '::8.8.8.8']],
    ['never', 'of NAT64 for one inside', ['64:ff9b::127.0.0.1', '64:ff9b::a00:1', '64:ff9b::a9fe:a9fe']],
    ['never', 'of a local NAT64', ['64:ff9b:1::8.8.8.8', '64:ff9b:1:a00:1::']],
    ['never', 'of 6to4 or Teredo', ['2002:7f00:1::', '2002:808:808::1', '2001:0:808:808::1', '2001::1']],
    [
      'never',
      'that is none',
      ['', 'localhost', '127.1', '0x7f000001', '2130706433', '010.0.0.1', '[::1]', ' ::1'],
    ],
  ])('is %s: %s', (reach, _what, addresses) => {
    expect(addresses.map((address) => [address, reachOf(address)])).toEqual(
      addresses.map((address) => [address, reach]),
    );
  });

  it('channel-10: of IPv4 is public where no list of special addresses has it, and only there', () => {
    fc.assert(
      fc.property(fc.oneof(anywhereOf([...inner, ...never]), within([0, 0])), (address) => {
        const isNever = never.some((block) => contains(block, address));
        const isInner = inner.some((block) => contains(block, address));
        expect(reachOf(dotted(address))).toBe(isNever ? 'never' : isInner ? 'inner' : 'public');
      }),
    );
  });

  it('channel-10: of IPv6 that carries one of IPv4 is never better than it', () => {
    const carried = anywhereOf([...inner, ...never]);
    const hex = (address: number): string =>
      `${(address >>> 16).toString(16)}:${(address & 0xffff).toString(16)}`;
    const forms: readonly ((address: number) => string)[] = [
      (address) => `::ffff:${dotted(address)}`,
      (address) => `::FFFF:${hex(address)}`,
      (address) => `0:0:0:0:0:ffff:${hex(address)}`,
      (address) => `::ffff:0:${dotted(address)}`,
      (address) => `64:ff9b::${dotted(address)}`,
      (address) => `0064:ff9b:0:0:0:0:${hex(address)}`,
      (address) => `64:ff9b:1::${hex(address)}`,
      (address) => `2002:${hex(address)}::1`,
      (address) => `2001:0:${hex(address)}::1`,
      (address) => `2001:0:1:2:3:4:${hex(~address >>> 0)}`,
    ];
    fc.assert(
      fc.property(carried, fc.constantFrom(...forms), (address, form) => {
        expect(reachOf(form(address))).toBe('never');
      }),
    );
  });

  it('channel-10: of IPv6 that is no global unicast is not public', () => {
    const first = fc.nat({ max: 0xffff }).filter((group) => group >>> 13 !== 1 && group !== 0x64);
    fc.assert(
      fc.property(first, groups(7), (group, rest) => {
        expect(reachOf(`${group.toString(16)}:${rest}`)).toBe(group >>> 9 === 0xfc >>> 1 ? 'inner' : 'never');
      }),
    );
  });
});
