import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../test/faults/following.ts';
import { json, refuse } from '../../test/faults/scripted-api-server.ts';
import { Paper, requestOf, settled } from './fixture.ts';
import type { Sketch } from './fixture.ts';
import type { Flags } from './flags.ts';
import { run as list } from './list.ts';
import type { StoredTask } from './request.ts';
import { ScriptedCluster, tasksPath } from './scripted.ts';

let cluster: ScriptedCluster;
beforeEach(async () => {
  cluster = await ScriptedCluster.start();
});
afterEach(async () => cluster.close());

const everywhere = '/apis/tekton.automatiko.io/v1beta1/approvaltasks';
const listed = (...items: object[]): ReturnType<typeof json> =>
  json({ kind: 'List', items, metadata: { resourceVersion: '10' } });
const open = requestOf({ name: 'open' });
const over = requestOf({ name: 'over', status: settled('approved') });

describe('list', () => {
  it('shows what waits, and what is settled only where it is asked for', async () => {
    cluster.routes.push([`GET ${tasksPath}`, listed(over, open)]);
    expect((await cluster.run(list)).out).toMatch(/^NAME.*\nopen +waits for you .*\n$/u);
    expect((await cluster.run(list, [], { all: true })).out).toMatch(/open.*\nover +approved.*\n$/u);
    expect(JSON.parse((await cluster.run(list, [], { output: 'json' })).out)).toMatchObject({
      items: [{ metadata: { name: 'open' } }],
    });
  });

  it('shows all namespaces with their names', async () => {
    cluster.routes.push([`GET ${everywhere}`, listed(open, requestOf({ name: 'x', namespace: 'other' }))]);
    const { out } = await cluster.run(list, [], {
      namespace: undefined,
      'all-namespaces': true,
    } as unknown as Flags);
    expect(out).toMatch(/^NAMESPACE +NAME .*\nother +x .*\nshop +open .*\n$/u);
  });

  it('says that nothing waits, and nothing to programs', async () => {
    cluster.routes.push([`GET ${tasksPath}`, listed(over)]);
    expect(await cluster.run(list)).toEqual({ code: 0, out: '', err: 'Nothing waits in namespace shop\n' });
    expect(await cluster.run(list, [], { output: 'name' })).toEqual({ code: 0, out: '', err: '' });
  });
});

describe('list --watch', () => {
  /** A list that goes on until the cluster refuses it; its terminal shows what came so far. */
  function follow(flags: Flags = {}): { terminal: Paper; ended: Promise<unknown> } {
    const terminal = new Paper();
    const given = { namespace: 'shop', kubeconfig: cluster.kubeconfig, watch: true, ...flags };
    const running = list({ terminal, program: 'tkn approval', flags: given, names: [] });
    return { terminal, ended: running.catch((error: unknown) => error) };
  }
  const version = (sketch: Sketch, resourceVersion: string): StoredTask => {
    const request = requestOf(sketch);
    return { ...request, metadata: { ...request.metadata, resourceVersion } };
  };
  const lastRefuses = async (ended: Promise<unknown>): Promise<void> => {
    cluster.api.fallback.watch = refuse(403, 'Forbidden');
    cluster.api.watches.at(-1)?.end();
    expect(await ended).toMatchObject({ message: expect.stringContaining('No rights: alice') });
  };

  it('goes on with what changes, and says nothing twice, also over a broken connection and a lost history', async () => {
    cluster.routes.push([`GET ${tasksPath}`, listed(open)]);
    const { terminal, ended } = follow();
    const rows = (): string[] => terminal.written.out.trimEnd().split('\n').slice(1);
    await eventually(() => expect(cluster.api.watches).toHaveLength(1));
    cluster.api.watches[0]?.send('ADDED', version({ name: 'new' }, '11'));
    cluster.api.watches[0]?.send('MODIFIED', version({ name: 'new' }, '12'));
    await eventually(() => expect(rows()).toHaveLength(2));
    cluster.api.watches[0]?.reset();
    await eventually(() => expect(cluster.api.watches).toHaveLength(2));
    expect(cluster.api.watches[1]?.request.query.get('resourceVersion')).toBe('12');
    const settledNow = version({ name: 'new', status: settled('rejected') }, '13');
    cluster.routes.unshift([`GET ${tasksPath}`, listed(open, settledNow)]);
    cluster.api.watches[1]?.send('ERROR', {
      kind: 'Status',
      code: 410,
      reason: 'Expired',
      message: 'too old',
    });
    await eventually(() => expect(cluster.api.watches).toHaveLength(3));
    await lastRefuses(ended);
    expect(rows().map((row) => row.split(/ {3,}/u).slice(0, 2))).toEqual([
      ['open', 'waits for you'],
      ['new', 'waits for you'],
      ['new', 'rejected'],
    ]);
  });

  it('writes one document for each change where programs read', async () => {
    cluster.routes.push([`GET ${tasksPath}`, listed(open)]);
    const { terminal, ended } = follow({ output: 'name' });
    await eventually(() => expect(cluster.api.watches).toHaveLength(1));
    cluster.api.watches[0]?.send('MODIFIED', version({ name: 'open' }, '11'));
    await eventually(() => expect(terminal.written.out.split('\n')).toHaveLength(3));
    await lastRefuses(ended);
  });
});
