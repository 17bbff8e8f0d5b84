import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cut, json, refuse } from '../../test/faults/scripted-api-server.ts';
import type { Step } from '../../test/faults/scripted-api-server.ts';
import { run as describeRun } from './describe.ts';
import { exitCodes } from './exitcode.ts';
import { requestOf } from './fixture.ts';
import { run as list } from './list.ts';
import { missing, ScriptedCluster, tasksPath } from './scripted.ts';

let cluster: ScriptedCluster;
beforeEach(async () => {
  cluster = await ScriptedCluster.start();
});
afterEach(async () => cluster.close());

const group = '/apis/tekton.automatiko.io/v1beta1';

describe('a cluster that cannot be asked', () => {
  it.each<[string, [string, Step][], number, string]>([
    ['does not answer', [[`GET ${tasksPath}`, cut]], exitCodes.noCluster, 'No cluster: https://127.0.0.1:'],
    [
      'does not know who asks',
      [[`GET ${tasksPath}`, refuse(401, 'Unauthorized')]],
      exitCodes.noRights,
      'No rights: https://127.0.0.1',
    ],
    [
      'says no',
      [[`GET ${tasksPath}`, refuse(403, 'Forbidden')]],
      exitCodes.noRights,
      'No rights: alice may not list requests in namespace shop: the ClusterRoles tekton-approvals-approver',
    ],
    [
      'lacks the kinds',
      [[`GET ${tasksPath}`, refuse(404, 'NotFound')]],
      exitCodes.notInstalled,
      'Not installed: https://127.0.0.1',
    ],
    [
      'says no to somebody without rights, and lacks the kinds',
      [
        [`GET ${tasksPath}`, refuse(403, 'Forbidden')],
        [`GET ${group}`, refuse(404, 'NotFound')],
      ],
      exitCodes.notInstalled,
      'Not installed: https://127.0.0.1',
    ],
    [
      'is overloaded',
      [[`GET ${tasksPath}`, refuse(429, 'TooManyRequests')]],
      exitCodes.failed,
      'Could not list requests in namespace shop: scripted: TooManyRequests',
    ],
  ])('and %s: one line says which', async (...[, routes, code, says]) => {
    cluster.routes.push(...routes);
    const ended = await cluster.run(list);
    expect(ended).toMatchObject({ code, out: '', err: expect.stringContaining(says) });
    expect(ended.err.trimEnd()).not.toContain('\n');
  });

  it.each([
    [
      'a kubeconfig that is not there',
      { kubeconfig: '/nowhere/config' },
      'No cluster: there is no kubeconfig file /nowhere/config',
    ],
    [
      'a context that is not there',
      { context: 'mars' },
      'No cluster: The kubeconfig has no context "mars"; it has "loaded-context"',
    ],
    ['a group without a user', { 'as-group': ['a'] }, 'name a user as well'],
  ])('for %s: one line says so', async (_what, flags, says) => {
    const ended = await cluster.run(list, [], flags);
    expect(ended).toMatchObject({ code: exitCodes.noCluster, err: expect.stringContaining(says) });
  });
});

describe('a name', () => {
  it('that nothing has is told as such, and not as a missing installation', async () => {
    cluster.routes.push([`GET ${tasksPath}/gone`, missing]);
    expect(await cluster.run(describeRun, ['gone'])).toEqual({
      code: exitCodes.notFound,
      out: '',
      err: 'There is no request gone in namespace shop\n',
    });
  });

  it('in a cluster without the kinds is told as a missing installation', async () => {
    cluster.routes.push([`GET ${tasksPath}/gone`, refuse(404, 'NotFound')]);
    expect((await cluster.run(describeRun, ['gone'])).code).toBe(exitCodes.notInstalled);
  });

  it('may be that of the run and its task', async () => {
    const other = requestOf({ name: 'other', spec: { pipelineTask: 'other' } });
    const items = [other, requestOf()];
    cluster.routes.push([
      `GET ${tasksPath}`,
      json({ kind: 'List', items, metadata: { resourceVersion: '1' } }),
    ]);
    const ended = await cluster.run(describeRun, ['deploy-x7k2p/approve']);
    expect(ended).toMatchObject({ code: exitCodes.done, err: '' });
    expect(ended.out).toContain('shop/deploy-x7k2p-approve');
    for (const wrong of ['deploy-x7k2p/none', 'deploy-x7k2p/approve/more', '/approve', 'x,y=z/approve']) {
      expect((await cluster.run(describeRun, [wrong])).code).toBe(exitCodes.notFound);
    }
  });

  it('of a run that asks twice is answered with both names', async () => {
    const items = [requestOf({ name: 'one' }), requestOf({ name: 'two' })];
    cluster.routes.push([
      `GET ${tasksPath}`,
      json({ kind: 'List', items, metadata: { resourceVersion: '1' } }),
    ]);
    expect(await cluster.run(describeRun, ['deploy-x7k2p/approve'])).toEqual({
      code: exitCodes.usage,
      out: '',
      err: 'deploy-x7k2p/approve stands for several requests: name one of one and two\n',
    });
  });
});
