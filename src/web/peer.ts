import { isIPv6 } from 'node:net';

/** Under what name requests of one network address are counted: IPv6 by its network of 64 bits, which one host owns. */
export function peerOf(address: string | undefined): string {
  if (address === undefined || !isIPv6(address)) return address ?? '';
  const [head = '', tail] = address.split('::');
  if (address.startsWith('::ffff:')) return address.slice('::ffff:'.length);
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...zeros, ...right].slice(0, 4).join(':');
}
