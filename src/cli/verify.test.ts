import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { json, refuse } from '../../test/faults/scripted-api-server.ts';
import { digestOfShown } from '../api/shown.ts';
import { exitCodes } from './exitcode.ts';
import { requestOf } from './fixture.ts';
import type { StoredTask } from './request.ts';
import { ScriptedCluster, tasksPath } from './scripted.ts';
import { run as verify } from './verify.ts';

let cluster: ScriptedCluster;
beforeEach(async () => {
  cluster = await ScriptedCluster.start();
});
afterEach(async () => cluster.close());

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');
const runsPath = '/apis/tekton.dev/v1beta1/namespaces/shop/customruns';
const pipelineRunsPath = '/apis/tekton.dev/v1/namespaces/shop/pipelineruns';

/** A request that nobody has answered, with the digest of what it asks. */
function intact(): StoredTask {
  const request = requestOf();
  return { ...request, spec: { ...request.spec, digest: digestOfShown(request.spec, sha256) } };
}

describe('verify', () => {
  it('says that a record fits, and what it could not be compared with', async () => {
    cluster.routes.push(
      [`GET ${tasksPath}`, json(intact())],
      [`GET ${runsPath}`, refuse(403, 'Forbidden')],
      [`GET ${pipelineRunsPath}`, refuse(404, 'NotFound')],
    );
    const ended = await cluster.run(verify, ['deploy-x7k2p-approve']);
    expect(ended.code).toBe(exitCodes.notCompared);
    expect(ended.out).toMatch(
      /^shop\/deploy-x7k2p-approve: 0 records, all of which fit. Audit digest [0-9a-f]{64}\n$/u,
    );
    expect(ended.err).toBe(
      'Not compared with the CustomRun: you may not read it\nNot compared with the PipelineRun: it is gone\n',
    );
  });

  it('is content with runs that have published nothing yet', async () => {
    const of = (uid: string): object => ({ metadata: { name: 'x', uid, resourceVersion: '1' } });
    cluster.routes.push(
      [`GET ${tasksPath}`, json(intact())],
      [`GET ${runsPath}`, json(of('run-uid'))],
      [`GET ${pipelineRunsPath}`, json(of('pr-uid'))],
    );
    const ended = await cluster.run(verify, ['deploy-x7k2p-approve']);
    expect(ended).toMatchObject({ code: exitCodes.done, err: '' });
    expect(ended.out).toContain('\nNo run has published it yet.\n');
  });

  it('is not done where one run of two is left to compare with', async () => {
    const run = { metadata: { name: 'x', uid: 'run-uid', resourceVersion: '1' } };
    cluster.routes.push(
      [`GET ${tasksPath}`, json(intact())],
      [`GET ${runsPath}`, json(run)],
      [`GET ${pipelineRunsPath}`, refuse(404, 'NotFound')],
    );
    const ended = await cluster.run(verify, ['deploy-x7k2p-approve']);
    expect(ended).toMatchObject({ code: exitCodes.notCompared });
    expect(ended.err).toBe('Not compared with the PipelineRun: it is gone\n');
  });

  it('compares with no other run that has the name now', async () => {
    const other = { metadata: { name: 'x', uid: 'other', resourceVersion: '1' }, status: { results: [] } };
    cluster.routes.push(
      [`GET ${tasksPath}`, json(intact())],
      [`GET ${runsPath}`, json(other)],
      [`GET ${pipelineRunsPath}`, json(other)],
    );
    const ended = await cluster.run(verify, ['deploy-x7k2p-approve']);
    expect(ended.err).toContain('Not compared with the CustomRun: another one has its name now');
  });

  it('names what does not fit, with a code of its own', async () => {
    const request = intact();
    const changed = { ...request, spec: { ...request.spec, description: 'Deploy version 1.4.3?' } };
    cluster.routes.push([`GET ${tasksPath}`, json(changed)]);
    const ended = await cluster.run(verify, ['deploy-x7k2p-approve']);
    expect(ended).toMatchObject({ code: exitCodes.notIntact, out: '' });
    expect(ended.err).toContain(
      'shop/deploy-x7k2p-approve does not fit: What was asked does not fit spec.digest',
    );
  });
});
