import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Dispatcher } from 'undici';
import { CuttingProxy } from '../../test/faults/cutting-proxy.ts';
import { eventually, thing, things } from '../../test/faults/following.ts';
import { ScriptedApiServer, hang, json } from '../../test/faults/scripted-api-server.ts';
import { KubeClient } from './client.ts';
import type { ClientOptions } from './client.ts';
import { FakeClock } from './fake-clock.ts';
import { Identity } from './identity.ts';
import { Transport } from './transport.ts';

let server: ScriptedApiServer;
let client: KubeClient;
const connectWith = (options: ClientOptions): void => {
  client = KubeClient.fromKubeConfig(server.kubeConfig(), options);
};
beforeEach(async () => {
  server = await ScriptedApiServer.start();
  connectWith({});
});
afterEach(async () => {
  await client.close();
  await server.close();
});

const silence = { status: 0, reason: 'Timeout' };

describe('Connections to the API server', () => {
  it('speaks HTTP/2 and shares one connection among many calls', async () => {
    for (let i = 0; i < 50; i += 1) server.script.calls.push(json(thing('a', 1)));
    await client.get(things, 'ns/a');
    await Promise.all(Array.from({ length: 49 }, () => client.get(things, 'ns/a')));
    expect(new Set(server.requests.map(({ httpVersion }) => httpVersion))).toEqual(new Set(['2.0']));
    expect(server.connections).toBeLessThan(5);
  });

  it('speaks HTTP/1.1 where HTTP/2 is switched off', async () => {
    await client.close();
    connectWith({ allowHttp2: false });
    server.script.calls.push(json(thing('a', 1)));
    await client.get(things, 'ns/a');
    expect(server.requests[0]?.httpVersion).toBe('1.1');
  });

  it('opens new connections for a new token or certificate only where that is needed', async () => {
    await client.close();
    const config = server.kubeConfig();
    client = KubeClient.fromKubeConfig(config);
    for (let i = 0; i < 3; i += 1) server.script.calls.push(json(thing('a', 1)));
    await client.get(things, 'ns/a');
    const [user, cluster] = [config.users[0], config.clusters[0]];
    if (user === undefined || cluster === undefined) throw new Error('no user or cluster');
    config.users = [{ ...user, token: 'renewed' }];
    await client.get(things, 'ns/a');
    const twice = Buffer.from(cluster.caData ?? '', 'base64')
      .toString('utf8')
      .repeat(2);
    config.clusters = [{ ...cluster, caData: Buffer.from(twice).toString('base64') }];
    await client.get(things, 'ns/a');
    expect(server.requests.map(({ connection }) => connection)).toEqual([1, 1, 2]);
    expect(server.requests.map(({ headers }) => headers['authorization'])).toEqual([
      'Bearer a-token',
      'Bearer renewed',
      'Bearer renewed',
    ]);
  });

  it.each([true, false])(
    'gives up a call that is never answered (HTTP/2 allowed: %s)',
    async (allowHttp2) => {
      await client.close();
      const onRequest = vi.fn<NonNullable<ClientOptions['onRequest']>>();
      const clock = new FakeClock();
      connectWith({ allowHttp2, requestTimeoutMs: 100, onRequest, clock });
      server.script.calls.push(hang, json(thing('a', 1)));
      const given = expect(client.get(things, 'ns/a')).rejects.toMatchObject(silence);
      await eventually(() => expect(server.requests).toHaveLength(1));
      await clock.advance(100);
      await given;
      await client.get(things, 'ns/a');
      expect(onRequest.mock.calls.map(([{ verb, status }]) => [verb, status])).toEqual([
        ['get', 0],
        ['get', 200],
      ]);
      expect(server.connections).toBe(2);
    },
  );

  it('gives up an answer that begins and never ends', async () => {
    await client.close();
    connectWith({ requestTimeoutMs: 200 });
    server.script.calls.push(({ response }) => {
      response.writeHead(200);
      response.write('{"metadata":');
    });
    await expect(client.get(things, 'ns/a')).rejects.toMatchObject(silence);
  });

  it('gives up where the credential cannot be had, without a request', async () => {
    await client.close();
    const config = server.kubeConfig();
    config.users = [{ name: 'somebody', authProvider: { name: 'stuck', config: {} } }];
    config.addAuthenticator({
      isAuthProvider: () => true,
      applyAuthentication: () => new Promise<void>(() => undefined),
    });
    client = KubeClient.fromKubeConfig(config, { requestTimeoutMs: 200 });
    await expect(client.get(things, 'ns/a')).rejects.toMatchObject(silence);
    expect(server.requests).toEqual([]);
  });

  it('is not held up by a link that died silently: the next call makes a new one', async () => {
    const proxy = await CuttingProxy.start({ host: '127.0.0.1', port: server.port });
    const through = KubeClient.fromKubeConfig(server.kubeConfig(proxy.port), { requestTimeoutMs: 300 });
    server.script.calls.push(json(thing('a', 1)), json(thing('a', 1)));
    await through.get(things, 'ns/a', { timeoutMs: 20_000 });
    proxy.abandon();
    await expect(through.get(things, 'ns/a')).rejects.toMatchObject(silence);
    await through.get(things, 'ns/a', { timeoutMs: 20_000 });
    expect(proxy.accepted).toBe(2);
    await through.close();
    await proxy.close();
  });

  it('keeps the deadline of a call whose connection is never made', async () => {
    const proxy = await CuttingProxy.start({ host: '127.0.0.1', port: server.port });
    const through = KubeClient.fromKubeConfig(server.kubeConfig(proxy.port), { requestTimeoutMs: 300 });
    proxy.blackhole();
    const start = performance.now();
    // One after the other, so that the later ones find connections that are still being tried.
    for (let call = 0; call < 4; call += 1)
      await expect(through.get(things, 'ns/a')).rejects.toMatchObject(silence);
    // A single attempt to connect is given ten seconds.
    expect(performance.now() - start).toBeLessThan(9_000);
    await through.close();
    await proxy.close();
  });

  it.each<('finish' | 'cut')[]>([
    ['finish', 'finish'],
    ['finish', 'cut'],
    ['cut', 'finish'],
    ['cut', 'cut'],
  ])('may be given up twice, by two who find it dead: %s, %s', async (first, second) => {
    const transport = new Transport(Identity.of(server.kubeConfig()));
    const links: Dispatcher[] = [];
    const send = async (): Promise<void> => {
      server.script.calls.push(json({}));
      const request = { method: 'POST', path: '/x', signal: new AbortController().signal } as const;
      const { body } = await transport.send(request, (link) => links.push(link));
      await body.dump();
    };
    await send();
    const [link] = links;
    if (link === undefined) throw new Error('no link');
    transport.retire(link, first);
    await send();
    transport.retire(link, second);
    await send();
    expect(links[1]).not.toBe(link);
    expect(links[2]).toBe(links[1]);
    await transport.close();
  });

  it('goes on over a new connection where a server that shuts down says goodbye (GOAWAY)', async () => {
    server.script.calls.push(
      ({ response }) => {
        response.stream.session?.goaway();
        response.writeHead(200);
        response.end(JSON.stringify(thing('a', 1)));
      },
      json(thing('b', 1)),
    );
    await expect(client.get(things, 'ns/a')).resolves.toMatchObject({ object: thing('a', 1) });
    await expect(client.get(things, 'ns/b')).resolves.toMatchObject({ object: thing('b', 1) });
    expect(server.connections).toBe(2);
  });
});
