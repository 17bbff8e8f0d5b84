import { beforeEach, expect, test } from 'vitest';
import { runHash } from '../api/reference.ts';
import type { CustomRun } from '../api/tekton.ts';
import { timestamp } from '../api/time.ts';
import { start } from '../domain/fixture.ts';
import { KubeError } from '../kube/error.ts';
import { gatherRun } from './ending.ts';
import { FakeCluster } from './fake-cluster.ts';
import { key, name, shop, someAdopter, somePipelineRun, someRun, someTask } from './fixture.ts';
import { sha256 } from '../identity/hash.ts';
import { customRuns, namespaces, pipelineRuns } from '../api/resources.ts';
import type { ApprovalTaskContext } from './taskfacts.ts';

let cluster: FakeCluster;
let context: ApprovalTaskContext;
const task = someTask({
  customRunRef: { name, uid: 'run-uid', hash: runHash(someRun(), sha256) },
  pipelineRun: { name: 'release-7', uid: 'pr-uid' },
});
const deletionTimestamp = timestamp(start);
const done = { conditions: [{ type: 'Succeeded', status: 'False' }] };

beforeEach(() => {
  cluster = new FakeCluster();
  context = cluster.context();
  cluster.put(namespaces, shop);
  cluster.put(pipelineRuns, somePipelineRun());
  cluster.put(customRuns, someRun());
});

test('nothing ends a request whose run, owner and namespace are alive', async () => {
  expect(await gatherRun(context, task)).toBeUndefined();
});

test('a PipelineRun that would take the run for a step of its own ends the request, before an approval opens both', async () => {
  cluster.put(pipelineRuns, someAdopter());
  const because = expect.stringContaining('would take this run') as string;
  expect(await gatherRun(context, task)).toEqual({ kind: 'cancel', because });
});

const nested: unknown = JSON.parse('['.repeat(9_000) + ']'.repeat(9_000));
test.each<[string, CustomRun, object]>([
  [
    'a run with other approvers',
    someRun({ params: [{ name: 'approvers', value: ['mallory'] }] }),
    { kind: 'drift' },
  ],
  [
    'a run that is pointed elsewhere',
    someRun({ customRef: { apiVersion: 'a/v1', kind: 'B' } }),
    { kind: 'drift' },
  ],
  [
    'a run that was changed and cancelled',
    someRun({ params: [], status: 'RunCancelled' }),
    { kind: 'drift' },
  ],
  ['a run that was nested too deeply to be read', someRun({ params: nested }), { kind: 'drift' }],
  [
    'a cancelled run',
    someRun({ status: 'RunCancelled', statusMessage: 'Timed out.' }),
    { kind: 'cancel', because: 'Timed out.' },
  ],
  [
    'a cancelled run without a word',
    someRun({ status: 'RunCancelled' }),
    { kind: 'cancel', because: 'The run was cancelled.' },
  ],
  ['a run that is being deleted', someRun({}, { meta: { deletionTimestamp } }), { kind: 'cancel' }],
  ['a run that somebody ended', someRun({}, { status: done }), { kind: 'cancel' }],
])('%s ends the request', async (_, run, ending) => {
  context.caches.customRuns.get = () => run;
  expect(await gatherRun(context, task)).toMatchObject(ending);
});

test.each<[string, () => void, string]>([
  ['the run', () => cluster.remove(customRuns, key), 'The run of this request is gone.'],
  [
    'its PipelineRun',
    () => cluster.remove(pipelineRuns, 'shop/release-7'),
    'The PipelineRun of this request is gone.',
  ],
  ['its namespace', () => cluster.remove(namespaces, 'shop'), 'Namespace shop is being deleted.'],
])('%s is gone only where a live read says so', async (_, remove, because) => {
  remove();
  expect(await gatherRun(context, task)).toEqual({ kind: 'cancel', because });
});

test.each(['customRuns', 'pipelineRuns', 'namespaces'] as const)(
  'what is missing in the cache of %s alone ends nothing',
  async (cache) => {
    context.caches[cache].get = () => undefined;
    expect(await gatherRun(context, task)).toBeUndefined();
  },
);

test('an API server that does not answer ends nothing: it could not be found out', async () => {
  context.caches.customRuns.get = () => undefined;
  cluster.before = () => {
    throw new KubeError('no answer', { status: 0 });
  };
  await expect(gatherRun(context, task)).rejects.toThrow('no answer');
});

test.each([
  ['ended', { status: done }],
  ['is being deleted', { meta: { deletionTimestamp } }],
])('a PipelineRun that %s ends the request', async (_, more) => {
  cluster.put(pipelineRuns, somePipelineRun(more));
  expect(await gatherRun(context, task)).toMatchObject({ kind: 'cancel' });
});

test.each<[string, object[]]>([
  ['taken from', []],
  [
    'pointed at another than',
    [{ apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', name: 'x', uid: 'x', controller: true }],
  ],
])(
  'editor-10: a run that was %s its PipelineRun still ends with it, and not before',
  async (_, ownerReferences) => {
    cluster.put(customRuns, someRun({}, { meta: { ownerReferences } }));
    expect(await gatherRun(context, task)).toBeUndefined();
    cluster.put(pipelineRuns, somePipelineRun({ status: done }));
    expect(await gatherRun(context, task)).toMatchObject({
      kind: 'cancel',
      because: expect.stringContaining('ended'),
    });
  },
);
