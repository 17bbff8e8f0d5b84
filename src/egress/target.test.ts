import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { namedHosts } from './hosts.ts';
import { targetOf, type Rules } from './target.ts';

const secret = 'T0SECRET';
const none: Rules = { allowed: () => false, proxied: () => false };
const proxied: Rules = { allowed: namedHosts(['chat.inner.example']), proxied: () => true };

function whyNot(url: string, rules: Rules = none): string {
  const aim = targetOf(url, rules);
  if (aim.ok) throw new Error(`${url} may be asked`);
  return aim.why;
}

describe('a URL', () => {
  it.each([
    ['https://hooks.example.com/a', 'hooks.example.com', 'guarded'],
    ['HTTPS://Hooks.Example.com:8443/a?b', 'hooks.example.com', 'guarded'],
    ['https://hooks.example.com./a', 'hooks.example.com', 'guarded'],
    ['https://1.1.1.1/', '1.1.1.1', 'guarded'],
    ['https://[2606:4700::1111]/', '2606:4700::1111', 'guarded'],
    ['https://chat.inner.example/', 'chat.inner.example', 'trusted'],
    ['http://chat.inner.example:8080/', 'chat.inner.example', 'trusted'],
    ['https://10.1.2.3/', '10.1.2.3', 'trusted'],
    ['https://localhost:8443/', 'localhost', 'trusted'],
  ])('%s may be asked', (url, host, route) => {
    const rules = { ...none, allowed: namedHosts(['chat.inner.example', '10.1.2.3', 'localhost:8443']) };
    expect(targetOf(url, rules)).toMatchObject({ ok: true, target: { host, route } });
  });

  it.each([
    ['that is none', secret, 'what is configured is no URL'],
    ['of another kind', `ftp://hooks.example.com/${secret}`, 'a URL must begin with https://'],
    ['of a file', `file:///${secret}`, 'what is configured is no URL'],
    ['in clear', `http://hooks.example.com/${secret}`, 'plain http is refused: hooks.example.com'],
    ['with a user', `https://${secret}@hooks.example.com/`, 'has a user name or password in it'],
    ['with a password', `https://:${secret}@hooks.example.com/`, 'has a user name or password in it'],
    ['with a fragment', `https://hooks.example.com/#${secret}`, 'has a fragment (#) in it'],
    ['with an empty fragment', 'https://hooks.example.com/#', 'has a fragment (#) in it'],
    ['with a host that is too long', `https://${'a.'.repeat(127)}com/${secret}`, 'no possible host'],
    ['with an empty label in its host', `https://metadata..internal/${secret}`, 'no possible host'],
    ['of this machine, with two dots', `https://localhost../${secret}`, 'no possible host'],
    ['of an address with two dots', `https://0x7f000001../${secret}`, 'no possible host'],
    ['of this machine', `https://localhost/${secret}`, 'localhost is not on the internet'],
    ['of this machine, with a dot', `https://LOCALHOST./${secret}`, 'localhost is not on the internet'],
    ['of this machine, below it', `https://a.localhost/${secret}`, 'is not on the internet'],
    ['of a Service', `https://chat.team.svc/${secret}`, 'is not on the internet'],
    ['of a Service, in full', `https://chat.team.svc.cluster.local/${secret}`, 'is not on the internet'],
    ['of a Service of the same namespace', `https://chat/${secret}`, 'chat is not on the internet'],
    ['of a metadata service', `https://metadata.google.internal/${secret}`, 'is not on the internet'],
    ['of an address with a zone', `https://[fe80::1%25eth0]/${secret}`, 'what is configured is no URL'],
    ['of an address that is none', `https://256.1.1.1/${secret}`, 'what is configured is no URL'],
  ])('channel-10: %s is refused without repeating it', (_what, url, why) => {
    expect(whyNot(url)).toContain(why);
    expect(whyNot(url)).not.toContain(secret);
  });

  it.each([
    '127.0.0.1',
    '127.1',
    '0x7f.1',
    '0X7F000001',
    '017700000001',
    '0177.0.0.1',
    '2130706433',
    '127.0.0.1.',
    '127.0.1',
    '%31%32%37.0.0.1',
    '１２７.０.０.１',
    '①②⑦.0.0.1',
    '127。0。0。1',
    '0',
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '10.1.2.3',
    '0xa.1.2.3',
    '169.254.169.254',
    '0xA9FEA9FE',
    '2852039166',
    '0251.0376.0251.0376',
    '[::ffff:169.254.169.254]',
    '[fd00:ec2::254]',
    '[fe80::1]',
    '[::]',
    '255.255.255.255',
  ])('channel-10: with the address written as %s is refused, through a proxy, too', (written) => {
    expect(whyNot(`https://${written}/${secret}`)).toMatch(/^\S+ is not on the internet/);
    expect(whyNot(`https://${written}:8443/${secret}`, proxied)).toMatch(/^\S+ is not on the internet/);
  });

  it('channel-10: with any private address of IPv4 is refused in every form that a URL has for it', () => {
    const address = fc.oneof(
      ...[0x0a000000, 0x7f000000].map((base) => fc.nat({ max: 2 ** 24 - 1 }).map((rest) => base + rest)),
      ...[0xc0a80000, 0xa9fe0000].map((base) => fc.nat({ max: 2 ** 16 - 1 }).map((rest) => base + rest)),
      fc.nat({ max: 2 ** 20 - 1 }).map((rest) => 0xac100000 + rest),
    );
    const number = fc.constantFrom(
      (part: number) => String(part),
      (part: number) => `0x${part.toString(16)}`,
      (part: number) => `0X${part.toString(16).toUpperCase()}`,
      (part: number) => `0${part.toString(8)}`,
      (part: number) => `000${part.toString(8)}`,
    );
    const forms = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.array(number, { minLength: 4, maxLength: 4 }));
    fc.assert(
      fc.property(address, forms, fc.constantFrom('', '.'), (of, [parts, write], end) => {
        const left = Array.from({ length: parts - 1 }, (_, index) => (of >>> (24 - 8 * index)) & 255);
        const last = parts === 1 ? of : of % 2 ** (32 - 8 * (parts - 1));
        const written = [...left, last].map((part, index) => write[index]?.(part) ?? '').join('.');
        expect(whyNot(`https://${written}${end}/`)).toContain('is not on the internet');
      }),
    );
  });

  it.each(['169.254.169.254', '[fd00:ec2::254]', '0.0.0.0', '[::ffff:10.0.0.1]'])(
    'channel-10: with the address %s is refused even where the settings name it',
    (address) => {
      const rules = { ...none, allowed: () => true };
      expect(whyNot(`https://${address}/`, rules)).toContain('is an address to which nothing is ever sent');
    },
  );

  it('goes through the proxy unless it is excepted', () => {
    const rules = { ...proxied, proxied: (host: string) => host !== 'direct.example.com' };
    expect(targetOf('https://hooks.example.com/', rules)).toMatchObject({ target: { route: 'proxied' } });
    expect(targetOf('http://chat.inner.example/', rules)).toMatchObject({ target: { route: 'proxied' } });
    expect(targetOf('https://direct.example.com/', rules)).toMatchObject({ target: { route: 'guarded' } });
  });
});
