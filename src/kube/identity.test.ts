import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { issueCertificate } from '../../test/fakes/certificate.ts';
import { eventually, thing, things } from '../../test/faults/following.ts';
import { ScriptedApiServer, json, list, refuse } from '../../test/faults/scripted-api-server.ts';
import type { Step } from '../../test/faults/scripted-api-server.ts';
import { KubeClient } from './client.ts';
import { FakeClock } from './fake-clock.ts';
import { Reflector } from './reflector.ts';

let folder: string;
let api: ScriptedApiServer;
let client: KubeClient;
let clock: FakeClock;
/** The token that the server accepts. */
let accepted: string;

const file = (name: string): string => path.join(folder, name);
const write = (name: string, text: string): string => {
  writeFileSync(file(name), text);
  return file(name);
};
const guarded =
  (step: Step): Step =>
  (exchange) => {
    const known = exchange.request.headers['authorization'] === `Bearer ${accepted}`;
    (known ? step : refuse(401, 'Unauthorized'))(exchange);
  };
const tokens = (): unknown[] => api.requests.map(({ headers }) => headers['authorization']);

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'identity-'));
  api = await ScriptedApiServer.start();
  api.fallback.call = guarded(json(thing('a', 1)));
  api.fallback.list = guarded(list([thing('a', 1)], '1'));
  api.fallback.watch = guarded(api.open);
  clock = new FakeClock();
  accepted = 'first';
});
afterEach(async () => {
  await client.close();
  await api.close();
  rmSync(folder, { recursive: true });
});

/** A kubeconfig as a Pod has it: everything in files that are replaced in place. */
const inPod = (): KubeConfig => {
  const config = api.kubeConfig();
  const server = config.getCurrentCluster()?.server ?? '';
  const caData = Buffer.from(config.getCurrentCluster()?.caData ?? '', 'base64').toString('utf8');
  config.loadFromClusterAndUser(
    { name: 'pod', server, caFile: write('ca.crt', caData), skipTLSVerify: false },
    { name: 'pod', authProvider: { name: 'tokenFile', config: { tokenFile: write('token', 'first\n') } } },
  );
  return config;
};

/** A plugin that notes each run and hands out what is in a file. */
const withPlugin = (expires: string | undefined): KubeConfig => {
  write('token', 'first');
  const status = expires === undefined ? '' : `,"expirationTimestamp":"${expires}"`;
  const script = `#!/bin/sh\necho run >> ${file('runs')}\nprintf '{"status":{"token":"%s"${status}}}' "$(cat ${file('token')})"\n`;
  chmodSync(write('plugin', script), 0o700);
  const config = api.kubeConfig();
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error('no cluster');
  config.loadFromClusterAndUser(cluster, { name: 'plugged', exec: { command: file('plugin'), args: [] } });
  return config;
};
const runs = (): number => readFileSync(file('runs'), 'utf8').split('\n').length - 1;

describe.each([
  ['2.0', true],
  ['1.1', false],
])('Who we are, over HTTP/%s', (protocol, allowHttp2) => {
  const connect = (config: KubeConfig): KubeClient => {
    client = KubeClient.fromKubeConfig(config, { allowHttp2, clock });
    return client;
  };
  afterEach(() => {
    expect(api.protocols).toEqual([protocol]);
  });

  it('is read again as soon as it is refused: a token that was replaced costs no failed call', async () => {
    connect(inPod());
    await client.get(things, 'ns/a');
    write('token', 'second\n');
    accepted = 'second';
    await client.get(things, 'ns/a');
    await client.create(things, { metadata: { namespace: 'ns' } });
    expect(tokens()).toEqual(['Bearer first', 'Bearer first', 'Bearer second', 'Bearer second']);
  });

  it('is read again once for all who are refused at the same time', async () => {
    connect(inPod());
    await client.get(things, 'ns/a');
    write('token', 'second');
    accepted = 'second';
    await Promise.all(Array.from({ length: 20 }, () => client.get(things, 'ns/a')));
    expect(tokens().filter((token) => token === 'Bearer second')).toHaveLength(20);
  });

  it('is reported as refused where there is nothing newer, and each call is sent once', async () => {
    connect(inPod());
    accepted = 'second';
    await expect(client.get(things, 'ns/a')).rejects.toMatchObject({ status: 401 });
    expect(api.requests).toHaveLength(1);
    write('token', 'second');
    await expect(client.get(things, 'ns/a')).rejects.toMatchObject({ status: 401 });
    await clock.advance(1_000);
    await client.get(things, 'ns/a');
    expect(tokens().at(-1)).toBe('Bearer second');
  });

  it('is not nobody while the token file is empty for a moment', async () => {
    connect(inPod());
    write('token', '\n');
    await expect(client.get(things, 'ns/a')).rejects.toMatchObject({
      status: 0,
      message: expect.stringContaining('is empty'),
    });
    expect(api.requests).toEqual([]);
    write('token', 'first');
    await client.get(things, 'ns/a');
  });

  it('survives the loss of its files, and takes them up again', async () => {
    connect(inPod());
    await client.get(things, 'ns/a');
    const ca = readFileSync(file('ca.crt'), 'utf8');
    rmSync(file('ca.crt'));
    await expect(client.get(things, 'ns/a')).rejects.toMatchObject({ status: 0 });
    write('ca.crt', '');
    await expect(client.get(things, 'ns/a'))
      .resolves.toBeDefined()
      .catch(() => undefined);
    write('ca.crt', ca);
    await client.get(things, 'ns/a');
  });

  it('is asked of a plugin again where it is refused before it expires, once a second at most', async () => {
    connect(withPlugin('2100-01-01T00:00:00Z'));
    await client.get(things, 'ns/a');
    await client.get(things, 'ns/a');
    expect(runs()).toBe(1);
    accepted = 'second';
    for (let i = 0; i < 5; i += 1) {
      await expect(client.get(things, 'ns/a')).rejects.toMatchObject({ status: 401 });
    }
    expect(runs()).toBe(2);
    write('token', 'second');
    await clock.advance(1_000);
    await client.get(things, 'ns/a');
    expect(runs()).toBe(3);
  });

  it('is asked of a plugin once for many calls at the same time', async () => {
    connect(withPlugin(undefined));
    const many = (): Promise<unknown> =>
      Promise.all(Array.from({ length: 20 }, () => client.get(things, 'ns/a')));
    await many();
    expect(runs()).toBe(1);
    write('token', 'second');
    accepted = 'second';
    await many();
    expect(runs()).toBe(2);
  });

  it('is renewed for a watch as for a call', async () => {
    connect(inPod());
    const reflector = new Reflector({ client, type: things, clock, log: pino({ level: 'silent' }) });
    reflector.start();
    await eventually(() => expect(api.watches).toHaveLength(1));
    write('token', 'second');
    accepted = 'second';
    api.watches[0]?.send('ADDED', thing('b', 2));
    await eventually(() => expect(reflector.get('ns/b')).toBeDefined());
    api.watches[0]?.end();
    await eventually(() => expect(api.watches).toHaveLength(2));
    expect(clock.monotonic()).toBe(0);
    await reflector.stop();
  });

  it('trusts a new authority as soon as its file is replaced, and what was open ends in its own time', async () => {
    const next = issueCertificate({ commonName: 'next', hosts: ['127.0.0.1'] });
    const reflector = new Reflector({
      client: connect(inPod()),
      type: things,
      clock,
      log: pino({ level: 'silent' }),
    });
    reflector.start();
    await eventually(() => expect(api.watches).toHaveLength(1));
    const [before] = api.watches;
    api.renew(next);
    write('ca.crt', next.cert);
    await client.get(things, 'ns/a');
    const connection = api.requests.at(-1)?.connection;
    expect(connection).not.toBe(before?.request.connection);
    before?.send('ADDED', thing('b', 2));
    await eventually(() => expect(reflector.get('ns/b')).toBeDefined());
    expect(before?.closed).toBe(false);
    before?.end();
    await eventually(() => expect(api.watches).toHaveLength(2));
    expect(api.seen('list')).toHaveLength(1);
    expect(api.openConnections).not.toContain(before?.request.connection);
    await reflector.stop();
  });

  it('trusts nobody whose authority is not, or no longer, in the file', async () => {
    connect(inPod());
    await client.get(things, 'ns/a');
    write('ca.crt', issueCertificate({ commonName: 'other', hosts: ['127.0.0.1'] }).cert);
    await expect(client.get(things, 'ns/a')).rejects.toMatchObject({ status: 0 });
    expect(api.requests).toHaveLength(1);
  });
});

describe('A kubeconfig that was replaced', () => {
  it('is read again where what it held is refused', async () => {
    const kubeconfig = (): string => write('kubeconfig', api.kubeConfig().exportConfig());
    client = KubeClient.load(kubeconfig(), { clock });
    accepted = 'a-token';
    await client.get(things, 'ns/a');
    accepted = 'second';
    write('kubeconfig', '{ half');
    await expect(client.get(things, 'ns/a')).rejects.toMatchObject({ status: 401 });
    await clock.advance(1_000);
    writeFileSync(kubeconfig(), api.kubeConfig().exportConfig().replace('a-token', 'second'));
    await client.get(things, 'ns/a');
    expect(tokens().at(-1)).toBe('Bearer second');
  });
});
