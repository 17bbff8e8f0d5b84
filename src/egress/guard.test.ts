import { describe, expect, it } from 'vitest';
import { reachOf } from './address.ts';
import type { Network } from './connections.ts';
import { egress, failureOf, host, internet, networkOf, receiver, sendingTo, tlsFor } from './fixture.ts';

describe('a request', () => {
  it('arrives as it was given, under the name of the URL in TLS and in the Host header', async () => {
    const { port, received } = await receiver({
      tls: tlsFor(),
      answer: (response) => response.writeHead(202, { 'X-Id': ['1', '2'] }).end('taken'),
    });
    const url = `https://${host}:${String(port)}/services/T0/B0?x=%20y`;
    const answer = await egress().post(
      sendingTo(url, { headers: { 'Content-Type': 'text/plain', 'X-A': 'b' } }),
    );
    expect(answer).toMatchObject({ status: 202, headers: { 'x-id': '1, 2' }, body: 'taken' });
    expect(received).toEqual([
      expect.objectContaining({
        method: 'POST',
        path: '/services/T0/B0?x=%20y',
        body: '{"text":"hello"}',
        servername: host,
        headers: expect.objectContaining({
          host: `${host}:${String(port)}`,
          'content-type': 'text/plain',
          'x-a': 'b',
          'user-agent': 'tekton-approvals',
        }),
      }),
    ]);
  });

  it('is answered with the status of an error, too', async () => {
    const { port } = await receiver({
      tls: tlsFor(),
      answer: (response) => response.writeHead(429, { 'retry-after': '7' }).end(),
    });
    const answer = await egress().post(sendingTo(`https://${host}:${String(port)}/`));
    expect(answer).toMatchObject({ status: 429, headers: { 'retry-after': '7' }, body: '' });
  });

  it('uses a connection of those before it, until all are closed', async () => {
    const { port, received, connections } = await receiver();
    const network = networkOf([internet]);
    const out = egress({}, network);
    for (let left = 10; left > 0; left -= 1) await out.post(sendingTo(`https://${host}:${String(port)}/`));
    expect(received).toHaveLength(10);
    const { made } = connections();
    expect(made).toBeLessThan(10);
    expect(network.asked).toHaveLength(made);
    await out.close();
    await expect.poll(() => connections().open, { timeout: 20_000 }).toBe(0);
  });

  it.each([
    ['http://chat.example.com/secret', 'plain http is refused: chat.example.com'],
    ['https://chat.team.svc/secret', 'chat.team.svc is not on the internet'],
    ['https://chat.example.com/secret', undefined],
    ['http://allowed.example.com/secret', undefined],
  ])('to %s can be judged before it is made', (url, why) => {
    const said = egress({ allow: ['allowed.example.com'] }).refusal(url);
    expect(said).toEqual(why && expect.stringContaining(why));
    expect(String(said)).not.toContain('secret');
  });

  it('with a host, or a line break, in its headers is refused', async () => {
    const { port, received } = await receiver();
    const url = `https://${host}:${String(port)}/`;
    for (const headers of [{ HOST: 'other.example.com' }, { 'x-a': 'b\r\nhost: c' }, { 'x a': 'b' }]) {
      expect(await failureOf(egress().post(sendingTo(url, { headers })))).toMatchObject({ kind: 'refused' });
    }
    expect(received).toEqual([]);
  });

  it('of more than 256 KiB is refused', async () => {
    const { port, received } = await receiver();
    const url = `https://${host}:${String(port)}/`;
    await egress().post(sendingTo(url, { body: 'é'.repeat(128 * 1024) }));
    const error = await failureOf(egress().post(sendingTo(url, { body: `${'é'.repeat(128 * 1024)}.` })));
    expect(error).toMatchObject({
      kind: 'refused',
      message: `the request to ${host} is larger than 256 KiB`,
    });
    expect(received).toHaveLength(1);
  });
});

describe('where a request goes', () => {
  it('channel-10: a name that is public first and loopback second is connected to as it was checked, and refused when asked again', async () => {
    const { port, received, connections } = await receiver();
    const network = networkOf([internet], ['127.0.0.2']);
    const out = egress({}, network);
    await out.post(sendingTo(`https://${host}:${String(port)}/`, { headers: { connection: 'close' } }));
    // Resolved once for the check and the connection; a second look would have found loopback.
    expect(network.asked).toEqual([host]);
    const error = await failureOf(out.post(sendingTo(`https://${host}:${String(port)}/`)));
    expect(error).toMatchObject({
      kind: 'refused',
      message: `${host} has an address that is not on the internet, and egress.allow does not name it`,
    });
    expect(network.asked).toEqual([host, host]);
    expect(received).toHaveLength(1);
    expect(connections().made).toBe(1);
  });

  it.each([
    ['loopback', '127.0.0.2'],
    ['loopback of IPv6', '::1'],
    ['a private address', '10.96.0.1'],
    ['the metadata service', '169.254.169.254'],
    ['a link-local address with a zone', 'fe80::1%lo'],
    ['a mapped address', '::ffff:127.0.0.1'],
    ['what is no address', 'localhost'],
  ])('channel-10: one address among several that is %s refuses the whole name', async (_what, bad) => {
    const { port, connections } = await receiver();
    for (const addresses of [
      [internet, bad],
      [bad, internet],
    ]) {
      const error = await failureOf(
        egress({}, networkOf(addresses)).post(sendingTo(`https://${host}:${String(port)}/`)),
      );
      expect(error.kind).toBe('refused');
      expect(error.message).not.toContain(bad);
    }
    expect(connections().made).toBe(0);
  });

  it('channel-10: a name that the settings allow may be inside, and asked over plain http, at its port alone', async () => {
    const inside: Network = { ...networkOf([internet]), reachOf };
    const plain = await receiver({});
    const other = await receiver({});
    const out = egress({ allow: [`${host}:${String(plain.port)}`] }, inside);
    expect(await out.post(sendingTo(`http://${host}:${String(plain.port)}/`))).toMatchObject({ status: 200 });
    expect(await failureOf(out.post(sendingTo(`http://${host}:${String(other.port)}/`)))).toMatchObject({
      kind: 'refused',
    });
    expect(await failureOf(out.post(sendingTo(`https://${host}:${String(other.port)}/`)))).toMatchObject({
      kind: 'refused',
    });
    expect(other.connections().made).toBe(0);
  });

  it('channel-10: a name that the settings allow still does not lead to the metadata service', async () => {
    for (const address of ['169.254.169.254', 'fd00:ec2::254', '100.100.100.200', '0.0.0.0']) {
      const error = await failureOf(
        egress({ allow: [host] }, networkOf([address])).post(sendingTo(`https://${host}/`)),
      );
      expect(error).toMatchObject({
        kind: 'refused',
        message: `${host} has an address to which nothing is ever sent`,
      });
    }
  });

  it('channel-10: an address in the URL that the settings allow is asked there', async () => {
    const { port } = await receiver({ tls: tlsFor({ hosts: [internet] }) });
    const url = `https://${internet}:${String(port)}/`;
    expect(await failureOf(egress().post(sendingTo(url)))).toMatchObject({ kind: 'refused' });
    expect(await egress({ allow: [internet] }).post(sendingTo(url))).toMatchObject({ status: 200 });
  });

  it.each([301, 302, 303, 307, 308])(
    'H58: a redirect %i to the metadata service is an answer, and not followed',
    async (status) => {
      const { port, received } = await receiver({
        tls: tlsFor(),
        answer: (response) =>
          response.writeHead(status, { location: 'http://169.254.169.254/latest/meta-data/' }).end(),
      });
      const network = networkOf([internet]);
      const answer = await egress({}, network).post(sendingTo(`https://${host}:${String(port)}/`));
      expect(answer.status).toBe(status);
      expect(received).toHaveLength(1);
      expect(network.asked).toEqual([host]);
    },
  );
});
