import { beforeEach, describe, expect, test } from 'vitest';
import { taskUidField } from '../api/names.ts';
import { runHash } from '../api/reference.ts';
import { approvalDecisions, approvalTasks, customRuns, namespaces, pipelineRuns } from '../api/resources.ts';
import { sha256 } from '../identity/hash.ts';
import { KubeError } from '../kube/error.ts';
import { reconcileApprovalTask } from './approvaltask.ts';
import { isNews } from './circumstances.ts';
import { FakeCluster } from './fake-cluster.ts';
import { key, name, shop, someAnswer, somePipelineRun, someRun, someTask } from './fixture.ts';
import type { ApprovalTaskContext } from './taskfacts.ts';

const fault = 'persons[1].emails[0] must be one plain e-mail address.';
let cluster: FakeCluster;
let context: ApprovalTaskContext;
const reconcile = async () => reconcileApprovalTask(context, key);
const conditionOf = (wanted: string) =>
  cluster.task().status?.conditions?.find(({ type }) => type === wanted);
const condition = () => conditionOf('PeopleDirectoryValid');

beforeEach(() => {
  cluster = new FakeCluster();
  context = cluster.context();
  cluster.put(namespaces, shop);
  cluster.put(pipelineRuns, somePipelineRun());
  cluster.put(customRuns, someRun({}, { status: { extraFields: { [taskUidField]: 'task-uid' } } }));
  cluster.enforceIdentity();
  cluster.put(
    approvalTasks,
    someTask({ customRunRef: { name, uid: 'run-uid', hash: runHash(someRun(), sha256) } }),
  );
});

describe('a request, while the people directory has a mistake', () => {
  test('says so, by the place in the file, and that what it said before holds', async () => {
    cluster.directoryFault = fault;
    await reconcile();
    expect(condition()).toMatchObject({ status: 'False', reason: 'Invalid' });
    expect(condition()?.message).toBe(
      `The people directory has a mistake. What it said before stays in force. ${fault}`,
    );
  });

  test('says that no answer is judged where it has been broken since the start', async () => {
    cluster.directoryFault = fault;
    cluster.directory = undefined;
    await reconcile();
    expect(condition()?.message).toContain('no answer is judged until it is mended');
  });

  test('says so once', async () => {
    cluster.directoryFault = fault;
    await reconcile();
    const writes = cluster.writes.length;
    await reconcile();
    expect(cluster.writes).toHaveLength(writes);
  });

  test('says when it is mended, and keeps what it said once it is settled', async () => {
    cluster.directoryFault = fault;
    await reconcile();
    cluster.directoryFault = undefined;
    await reconcile();
    expect(condition()).toMatchObject({ status: 'True', reason: 'Valid' });
    cluster.put(approvalDecisions, someAnswer());
    await reconcile();
    expect(cluster.task().status?.outcome).toBe('approved');
    cluster.directoryFault = fault;
    await reconcile();
    expect(condition()?.status).toBe('True');
  });

  test('has no such condition where there never was a mistake', async () => {
    await reconcile();
    expect(cluster.task().status?.conditions?.map(({ type }) => type)).toEqual(['Succeeded']);
  });
});

describe('a request that nobody answers through Kubernetes', () => {
  const said = () => conditionOf('PolicyEnforced')?.reason;
  const proof = async (reason: string) => {
    cluster.before = () => undefined;
    if (reason === 'Proven') cluster.enforceIdentity();
    if (reason === 'ForgeryAccepted') cluster.admit = () => undefined;
    if (reason === 'NotProvenYet')
      cluster.before = (verb, plural) => {
        if (`${verb} ${plural}` === 'create approvaldecisions') throw new KubeError('away', { status: 500 });
      };
    await context.proof.prove('shop');
  };

  test.each([
    ['says nothing of a policy that holds', ['Proven'], undefined],
    ['says nothing of a policy of which nothing could be found out', ['NotProvenYet'], undefined],
    ['says that forgeries are accepted', ['ForgeryAccepted'], 'ForgeryAccepted'],
    ['says when they are refused again', ['ForgeryAccepted', 'Proven'], 'Proven'],
    [
      'keeps what it said while nothing can be found out',
      ['ForgeryAccepted', 'NotProvenYet'],
      'ForgeryAccepted',
    ],
    ['does not forget that it was troubled', ['ForgeryAccepted', 'Proven', 'NotProvenYet'], 'Proven'],
    [
      'says that they are accepted once more',
      ['ForgeryAccepted', 'Proven', 'ForgeryAccepted'],
      'ForgeryAccepted',
    ],
  ])('H46: %s, and writes that once', async (_, proofs, reason) => {
    for (const came of proofs) {
      await proof(came);
      await reconcile();
    }
    expect(said()).toBe(reason);
    const writes = cluster.writes.length;
    const calls: string[] = [];
    cluster.before = (verb, plural) => calls.push(`${verb} ${plural}`);
    await reconcile();
    expect([calls, cluster.writes.length]).toEqual([[], writes]);
  });

  test('H46: does not take the proof in another namespace for its own', async () => {
    cluster.admit = () => undefined;
    await context.proof.prove('bank');
    await reconcile();
    expect(said()).toBeUndefined();
  });

  test('H46: is looked at again only where it would say something else', async () => {
    await reconcile();
    const broken = { kind: 'broken', forgery: 'x' } as const;
    const holds = { kind: 'holds', since: { at: 0, version: 0n } } as const;
    expect([isNews(cluster.task(), broken), isNews(cluster.task(), holds)]).toEqual([true, false]);
    await proof('ForgeryAccepted');
    await reconcile();
    expect([isNews(cluster.task(), broken), isNews(cluster.task(), holds)]).toEqual([false, true]);
    cluster.enforceIdentity();
    cluster.put(approvalDecisions, someAnswer());
    await reconcile();
    expect([isNews(cluster.task(), broken), isNews(cluster.task(), holds)]).toEqual([false, false]);
  });
});
