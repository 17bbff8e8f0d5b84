import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  startConnectProxy,
  type ConnectProxy,
  type ConnectProxyOptions,
} from '../../test/fakes/connect-proxy.ts';
import { reachOf } from './address.ts';
import type { Network } from './connections.ts';
import { egress, failureOf, host, internet, networkOf, receiver, sendingTo, tlsFor } from './fixture.ts';

async function proxyTo(
  port: ConnectProxyOptions['port'],
  rest: Partial<ConnectProxyOptions> = {},
): Promise<ConnectProxy> {
  const proxy = await startConnectProxy({ port, ...rest });
  onTestFinished(() => proxy.close());
  return proxy;
}

const at = ({ port }: { port: number }, login = ''): string => `http://${login}${internet}:${String(port)}`;

/** With a proxy no name is resolved here. */
const blind: Network = { resolve: () => Promise.reject(new Error('resolved here')), reachOf };

describe('a proxy', () => {
  it('hands on what it cannot read: TLS is with the receiver, whose name the proxy resolves', async () => {
    const { port, received } = await receiver();
    const proxy = await proxyTo(() => port);
    const out = egress({ proxy: at(proxy) }, blind);
    const answer = await out.post(sendingTo(`https://${host}/services/T0?x`));
    expect(answer).toMatchObject({ status: 200, body: 'ok' });
    expect(received).toEqual([
      expect.objectContaining({
        path: '/services/T0?x',
        servername: host,
        headers: expect.not.objectContaining({ 'proxy-authorization': expect.anything() }),
      }),
    ]);
    expect(received[0]?.headers.host).toBe(host);
    expect(proxy.asked).toEqual([
      { destination: `${host}:443`, headers: expect.objectContaining({ host: `${host}:443` }) },
    ]);
    expect(proxy.seen).toEqual([]);
  });

  it('hands on plain http to a host that the settings allow in the same way, without seeing its path', async () => {
    const { port, received } = await receiver({});
    const proxy = await proxyTo(() => port);
    await egress({ proxy: at(proxy), allow: [host] }, blind).post(sendingTo(`http://${host}/services/T0`));
    expect(received).toEqual([expect.objectContaining({ path: '/services/T0' })]);
    expect(proxy.asked.map(({ destination }) => destination)).toEqual([`${host}:80`]);
    expect(proxy.seen).toEqual([]);
  });

  it('is reached by TLS where its URL says so, under its own name', async () => {
    const { port, received } = await receiver();
    const proxy = await proxyTo(() => port, { tls: tlsFor({ hosts: ['localhost'] }) });
    const byName = `https://localhost:${String(proxy.port)}`;
    await egress({ proxy: byName }, blind).post(sendingTo(`https://${host}/`));
    expect(received).toEqual([expect.objectContaining({ servername: host })]);
    // Its certificate is for localhost alone.
    const byAddress = `https://${internet}:${String(proxy.port)}`;
    expect(
      await failureOf(egress({ proxy: byAddress }, blind).post(sendingTo(`https://${host}/`))),
    ).toMatchObject({
      kind: 'unreachable',
      message: 'no connection to the proxy (ERR_TLS_CERT_ALTNAME_INVALID)',
    });
  });

  it('is given the login in its URL', async () => {
    const { port } = await receiver();
    const proxy = await proxyTo(() => port, { login: 'ann:p@ss/wörd' });
    const login = `ann:${encodeURIComponent('p@ss/wörd')}@`;
    const out = egress({ proxy: at(proxy, login) }, blind);
    expect(await out.post(sendingTo(`https://${host}/`))).toMatchObject({ status: 200 });
  });

  it('does not vouch for the receiver: a certificate for another name sends nothing', async () => {
    const { port, received } = await receiver({ tls: tlsFor({ hosts: ['other.example.com'] }) });
    const proxy = await proxyTo(() => port);
    const error = await failureOf(egress({ proxy: at(proxy) }, blind).post(sendingTo(`https://${host}/`)));
    expect(error).toMatchObject({
      kind: 'unreachable',
      message: `no secure connection to ${host} (ERR_TLS_CERT_ALTNAME_INVALID)`,
    });
    expect(received).toEqual([]);
  });

  it('is passed by for what the settings except, and the address is checked then', async () => {
    const { port, received } = await receiver();
    const proxy = await proxyTo(() => port);
    const settings = { proxy: at(proxy), noProxy: ['example.com'] };
    await egress(settings, networkOf([internet])).post(sendingTo(`https://${host}:${String(port)}/`));
    expect(received).toHaveLength(1);
    const inside = egress(settings, networkOf(['10.0.0.1']));
    expect(await failureOf(inside.post(sendingTo(`https://${host}:${String(port)}/`)))).toMatchObject({
      kind: 'refused',
    });
    expect(proxy.asked).toEqual([]);
  });

  it.each([
    'https://127.0.0.1/',
    'https://0x7f.1/',
    'https://[::1]/',
    'https://[::ffff:169.254.169.254]/',
    'https://10.0.0.1/',
    'https://169.254.169.254/',
    'https://localhost/',
    'https://metadata.google.internal/',
    'https://kubernetes.default.svc/',
    'http://hooks.example.com/',
  ])('channel-10: is not asked for %s', async (url) => {
    const { port } = await receiver();
    const proxy = await proxyTo(() => port);
    const error = await failureOf(egress({ proxy: at(proxy) }, blind).post(sendingTo(url)));
    expect(error).toMatchObject({ kind: 'refused' });
    expect(proxy.asked).toEqual([]);
  });

  it('H58: does not lead to where a redirect points', async () => {
    const { port, received } = await receiver({
      tls: tlsFor(),
      answer: (response) => response.writeHead(301, { location: 'https://169.254.169.254/' }).end(),
    });
    const proxy = await proxyTo(() => port);
    const answer = await egress({ proxy: at(proxy) }, blind).post(sendingTo(`https://${host}/`));
    expect(answer.status).toBe(301);
    expect(received).toHaveLength(1);
    expect(proxy.asked).toHaveLength(1);
  });

  it.each([
    ['refuses the destination', undefined, '', `the proxy makes no connection to ${host} (status 403)`],
    ['refuses the login', undefined, 'ann:wrong@', `the proxy makes no connection to ${host} (status 407)`],
    ['says nothing', 'silence' as const, '', `no whole answer from ${host} within 500 ms`],
  ])('H65: that %s is named without its login', async (...[, port, login, message]) => {
    const proxy = await proxyTo(() => port);
    const settings = { proxy: at(proxy, login), timeoutMs: 500 };
    const error = await failureOf(egress(settings, blind).post(sendingTo(`https://${host}/T0SECRET`)));
    expect(error.message).toBe(message);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/T0SECRET|wrong|YW5u/);
  });

  it('that is not there is named', async () => {
    const proxy = await startConnectProxy({ port: () => undefined });
    await proxy.close();
    const error = await failureOf(egress({ proxy: at(proxy) }, blind).post(sendingTo(`https://${host}/`)));
    expect(error).toMatchObject({
      kind: 'unreachable',
      message: 'no connection to the proxy (ECONNREFUSED)',
    });
  });

  it('that is slow for one destination does not hold up another', async () => {
    const { port } = await receiver({ tls: tlsFor({ hosts: ['*.example.com', 'quick.example.com'] }) });
    const proxy = await proxyTo((destination) => (destination.startsWith('slow.') ? 'silence' : port));
    const out = egress({ proxy: at(proxy), timeoutMs: 10_000 }, blind);
    const stop = new AbortController();
    const slow = failureOf(out.post(sendingTo('https://slow.example.com/', { signal: stop.signal })));
    await expect.poll(() => proxy.asked.length, { timeout: 20_000 }).toBe(1);
    expect(await out.post(sendingTo('https://quick.example.com/'))).toMatchObject({ status: 200 });
    stop.abort();
    expect(await slow).toMatchObject({ kind: 'timeout' });
  });
});
