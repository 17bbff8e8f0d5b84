import { BlockList, isIP } from 'node:net';

/**
 * Where an IP address leads. `public`: the internet. `inner`: a network of the company's own, or this machine.
 * `never`: nowhere that a notice could be meant for, such as a cloud's metadata service, which hands out credentials.
 */
export type Reach = 'public' | 'inner' | 'never';

/** Networks of a company's own (RFC 1918, RFC 6598, RFC 2544) and this machine. */
const inner4 = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '198.18.0.0/15',
  '127.0.0.0/8',
];
const inner6 = ['fc00::/7', '::1/128'];

/** IANA's IPv4 Special-Purpose Address Registry, multicast (RFC 5771), and metadata services that lie elsewhere. */
const never4 = [
  '0.0.0.0/8',
  '169.254.0.0/16',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '198.51.100.0/24',
  '203.0.113.0/24',
  // Multicast, reserved and broadcast.
  '224.0.0.0/3',
  // Alibaba Cloud's metadata service, and Azure's, which has a public address.
  '100.100.100.200/32',
  '168.63.129.16/32',
];

/** The only IPv6 addresses of the internet (RFC 4291, 2.4), and those by which DNS64 reaches IPv4 (RFC 6052). */
const nat64 = '64:ff9b::';
const public6 = ['2000::/3', `${nat64}/96`];

/** What of these is no address of the internet, or hides an IPv4 address that a relay somewhere would connect to. */
const never6 = [
  // IETF protocol assignments, Teredo among them (RFC 2928, RFC 4380).
  '2001::/23',
  '2001:db8::/32',
  // 6to4 (RFC 3056).
  '2002::/16',
  '3fff::/20',
  // Metadata services and the like of AWS, Google Cloud and Oracle Cloud.
  'fd00:ec2::/32',
  'fd20:ce::254/128',
  'fd00:c1::a9fe:a9fe/128',
  ...[...inner4, ...never4].map(throughNat64),
];

/** The IPv6 addresses by which NAT64 reaches these IPv4 addresses. */
function throughNat64(subnet: string): string {
  const [network = '', bits] = subnet.split('/');
  return `${nat64}${network}/${String(96 + Number(bits))}`;
}

/** Each list is of one family: a list of both also compares an IPv4 address with IPv6 subnets, as if it were mapped. */
function listOf(family: 'ipv4' | 'ipv6', subnets: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [network = '', bits] = subnet.split('/');
    list.addSubnet(network, Number(bits), family);
  }
  return (address) => list.check(address, family);
}

const isNever4 = listOf('ipv4', never4);
const isInner4 = listOf('ipv4', inner4);
const isNever6 = listOf('ipv6', never6);
const isInner6 = listOf('ipv6', inner6);
const isPublic6 = listOf('ipv6', public6);

/**
 * Where an address leads, by the address alone. What is no address leads nowhere, nor does one with a zone, which is of
 * this machine's links, nor an IPv6 address that carries an IPv4 one in an outdated form.
 */
export function reachOf(address: string): Reach {
  const family = address.includes('%') ? 0 : isIP(address);
  if (family === 4) {
    if (isNever4(address)) return 'never';
    return isInner4(address) ? 'inner' : 'public';
  }
  if (family !== 6 || isNever6(address)) return 'never';
  if (isInner6(address)) return 'inner';
  return isPublic6(address) ? 'public' : 'never';
}
