import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ScriptedApiServer, cut, json, list, refuse } from '../../test/faults/scripted-api-server.ts';
import type { Step } from '../../test/faults/scripted-api-server.ts';
import { KubeClient } from './client.ts';
import type { ClientOptions } from './client.ts';
import {
  isAlreadyExists,
  isConflict,
  isForbidden,
  isGone,
  isInvalid,
  isNotFound,
  KubeError,
} from './error.ts';
import type { ResourceType } from './object.ts';

const things: ResourceType = {
  group: 'example.com',
  version: 'v1',
  plural: 'things',
  kind: 'Thing',
  namespaced: true,
};
const nodes: ResourceType = { group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false };
const thing = (name: string, resourceVersion = '1'): object => ({
  metadata: { name, namespace: 'ns', uid: `${name}-uid`, resourceVersion },
});

let server: ScriptedApiServer;
let client: KubeClient;
const connectWith = (options: ClientOptions = {}): KubeClient => {
  client = KubeClient.fromKubeConfig(server.kubeConfig(), options);
  return client;
};
beforeEach(async () => {
  server = await ScriptedApiServer.start();
  connectWith();
});
afterEach(async () => {
  await client.close();
  await server.close();
});

const failure = async (call: Promise<unknown>): Promise<KubeError> => {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof KubeError)) throw new Error('expected a KubeError', { cause: error });
  return error;
};

describe('KubeClient, what it sends', () => {
  it.each<[string, () => Promise<unknown>, string]>([
    ['get', () => client.get(things, 'ns/a'), 'GET /apis/example.com/v1/namespaces/ns/things/a'],
    ['get without namespaces', () => client.get(nodes, 'n'), 'GET /api/v1/nodes/n'],
    ['an odd name', () => client.get(nodes, 'a?b=c'), 'GET /api/v1/nodes/a%3Fb%3Dc'],
    [
      'create',
      () => client.create(things, { metadata: { namespace: 'ns' } }, { dryRun: true, fieldManager: 'me' }),
      'POST /apis/example.com/v1/namespaces/ns/things?fieldManager=me&dryRun=All',
    ],
    [
      'patch of the status',
      () => client.patch(things, 'ns/a', {}, { type: 'merge', subresource: 'status' }),
      'PATCH /apis/example.com/v1/namespaces/ns/things/a/status',
    ],
    [
      'server-side apply',
      () => client.patch(things, 'ns/a', {}, { type: 'apply', fieldManager: 'me', force: true }),
      'PATCH /apis/example.com/v1/namespaces/ns/things/a?fieldManager=me&force=true',
    ],
    ['delete', () => client.delete(things, 'ns/a'), 'DELETE /apis/example.com/v1/namespaces/ns/things/a'],
    ['post', () => client.post('/apis/x/v1/asks', {}), 'POST /apis/x/v1/asks'],
  ])('%s goes to its path', async (_name, call, line) => {
    server.script.calls.push(json({}));
    await call();
    const [request] = server.requests;
    const query = request?.query.size ? `?${request.query.toString()}` : '';
    expect(`${request?.method} ${request?.path}${query}`).toBe(line);
    expect(request?.headers['authorization']).toBe('Bearer a-token');
  });

  it.each([
    ['merge', 'application/merge-patch+json'],
    ['apply', 'application/apply-patch+yaml'],
    ['json', 'application/json-patch+json'],
  ] as const)('a patch of type %s is labelled %s', async (type, contentType) => {
    server.script.calls.push(json({}));
    await client.patch(things, 'ns/a', {}, { type });
    expect(server.requests[0]?.headers['content-type']).toBe(contentType);
  });

  it('refuses to reach for a namespaced object without a namespace', async () => {
    await expect(client.get(things, 'a')).rejects.toThrow('Thing a needs a namespace');
    await expect(client.create(things, { metadata: { name: 'a' } })).rejects.toThrow('needs a namespace');
    expect(server.requests).toEqual([]);
  });

  it('deletes only the object of the uid and version given', async () => {
    server.script.calls.push(json({}));
    await client.delete(things, 'ns/a', { uid: 'u', resourceVersion: '7', propagation: 'Background' });
    expect(JSON.parse(server.requests[0]?.body ?? '')).toMatchObject({
      preconditions: { uid: 'u', resourceVersion: '7' },
      propagationPolicy: 'Background',
    });
  });
});

describe('KubeClient, what it makes of an answer', () => {
  it('keeps fields it does not know, and tells the server time of the answer', async () => {
    const date = 'Sat, 21 Nov 2026 10:00:07 GMT';
    server.script.calls.push(json({ ...thing('a'), someday: { a: [1] } }, 200, { date }));
    const { object, serverTime } = await client.get(things, 'ns/a');
    expect(object).toEqual({ ...thing('a'), someday: { a: [1] } });
    expect(serverTime).toBe(Date.parse(date));
    expect(client.serverNow()).toBeGreaterThanOrEqual(Date.parse(date));
    expect(client.serverNow()).toBeLessThan(Date.parse(date) + 30_000);
  });

  it("does not know the server's time before the first answer", () => {
    expect(() => client.serverNow()).toThrow('not known yet');
  });

  it.each<[number, string, (error: unknown) => boolean]>([
    [404, 'NotFound', isNotFound],
    [409, 'Conflict', isConflict],
    [409, 'AlreadyExists', isAlreadyExists],
    [422, 'Invalid', isInvalid],
    [403, 'Forbidden', isForbidden],
    [410, 'Expired', isGone],
  ])('%i %s is an error of its own, with the words of the server', async (code, reason, is) => {
    server.script.calls.push(refuse(code, reason));
    const error = await failure(client.get(things, 'ns/a'));
    expect(error).toMatchObject({ status: code, reason, message: `scripted: ${reason}` });
    const answers = [isNotFound, isConflict, isAlreadyExists, isInvalid, isForbidden, isGone].map((f) =>
      f(error),
    );
    expect(answers.filter(Boolean)).toEqual([true]);
    expect(is(error)).toBe(true);
  });

  const inTenSeconds = {
    date: 'Sat, 21 Nov 2026 10:00:00 GMT',
    'retry-after': 'Sat, 21 Nov 2026 10:00:10 GMT',
  };
  it.each<[string, Step, number | undefined]>([
    ['seconds', refuse(429, 'TooManyRequests', { 'retry-after': '3' }), 3_000],
    ['a date', refuse(503, '', inTenSeconds), 10_000],
    ['the Status alone', json({ kind: 'Status', details: { retryAfterSeconds: 4 } }, 500), 4_000],
    ['nothing', refuse(500, ''), undefined],
  ])('takes how long to wait from %s', async (_where, step, expected) => {
    server.script.calls.push(step);
    expect((await failure(client.get(things, 'ns/a'))).retryAfterMs).toBe(expected);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['create', () => client.create(things, { metadata: { namespace: 'ns' } })],
    ['patch', () => client.patch(things, 'ns/a', {}, { type: 'merge' })],
    ['delete', () => client.delete(things, 'ns/a')],
    ['post', () => client.post('/apis/x/v1/asks', {})],
  ])('sends a %s that is refused with 429 once, and passes on how long to wait', async (_verb, call) => {
    const inThreeSeconds = {
      date: 'Sat, 21 Nov 2026 10:00:00 GMT',
      'retry-after': 'Sat, 21 Nov 2026 10:00:03 GMT',
    };
    for (const headers of [{ 'retry-after': '3' }, inThreeSeconds]) {
      server.script.calls.push(refuse(429, 'TooManyRequests', headers), json({}));
      expect(await failure(call())).toMatchObject({ status: 429, retryAfterMs: 3_000 });
      expect(server.script.calls).toHaveLength(1);
      server.script.calls.length = 0;
    }
  });

  it('reports the status of an answer that a proxy wrote in HTML', async () => {
    server.script.calls.push(({ response }) => {
      response.writeHead(502, { 'content-type': 'text/html' });
      response.end('<h1>Bad gateway</h1>');
    });
    const error = await failure(client.get(things, 'ns/a'));
    expect(error).toMatchObject({ status: 502, reason: '' });
    expect(error.message).toContain('Bad gateway');
  });

  it.each([true, false])(
    'reports a broken connection as status 0 (HTTP/2 allowed: %s)',
    async (allowHttp2) => {
      await client.close();
      connectWith({ allowHttp2 });
      server.script.calls.push(cut);
      const error = await failure(client.get(things, 'ns/a'));
      expect(error.status).toBe(0);
      expect(error.message).toMatch(/^no answer from the API server: /);
    },
  );

  it('refuses an answer that does not say what time it is: deadlines are judged by it', async () => {
    server.script.calls.push((exchange) => {
      exchange.response.sendDate = false;
      json(thing('a'))(exchange);
    });
    const error = await failure(client.get(things, 'ns/a'));
    expect(error).toMatchObject({ status: 0, message: expect.stringContaining('no Date header') });
  });

  it('refuses a server whose certificate it cannot verify', async () => {
    const other = await ScriptedApiServer.start();
    const stranger = KubeClient.fromKubeConfig(server.kubeConfig(other.port));
    expect((await failure(stranger.get(things, 'ns/a'))).status).toBe(0);
    expect(other.requests).toEqual([]);
    await stranger.close();
    await other.close();
  });
});

const page = (name: string, token: string, date: string): Step =>
  json({ items: [thing(name)], metadata: { resourceVersion: '9', continue: token } }, 200, { date });

describe('KubeClient, lists', () => {
  it('reads all pages of 500 without a resourceVersion and tells the time of the first', async () => {
    const [first, second] = ['Sat, 21 Nov 2026 10:00:00 GMT', 'Sat, 21 Nov 2026 10:00:09 GMT'];
    server.script.lists.push(page('a', 'more', first), page('b', '', second));
    const all = await client.listAll(things, { labelSelector: 'x=y' });
    expect(all.items.map((item) => item.metadata.name)).toEqual(['a', 'b']);
    expect(all).toMatchObject({ resourceVersion: '9', serverTime: Date.parse(first) });
    expect(server.requests.map(({ query }) => query.toString())).toEqual([
      'labelSelector=x%3Dy&limit=500',
      'labelSelector=x%3Dy&limit=500&continue=more',
    ]);
  });

  it('begins anew where the continue token expired, and gives nothing twice', async () => {
    const { lists } = server.script;
    lists.push(list([thing('a')], '1', 'old'), refuse(410, 'Expired'), list([thing('a')], '2', 'new'));
    lists.push(list([thing('b')], '2'));
    const { items, resourceVersion } = await client.listAll(things);
    expect(items.map((item) => item.metadata.name)).toEqual(['a', 'b']);
    expect(resourceVersion).toBe('2');
  });
});
