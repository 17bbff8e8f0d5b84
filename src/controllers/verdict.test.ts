import { beforeEach, describe, expect, test } from 'vitest';
import type { ApprovalDecision } from '../api/approvaldecision.ts';
import type { ApprovalTask } from '../api/approvaltask.ts';
import { annotations, conditionTypes, taskUidField } from '../api/names.ts';
import { runHash } from '../api/reference.ts';
import { timestamp } from '../api/time.ts';
import { markTask } from '../identity/mark.ts';
import { sealDecision } from '../identity/seal.ts';
import { reconcileApprovalTask } from './approvaltask.ts';
import { FakeCluster } from './fake-cluster.ts';
import {
  key,
  name,
  namespace,
  ring,
  shop,
  someAnswer,
  somePipelineRun,
  someRun,
  someTask,
} from './fixture.ts';
import { sha256 } from '../identity/hash.ts';
import { approvalDecisions, approvalTasks, customRuns, namespaces, pipelineRuns } from '../api/resources.ts';
import type { ApprovalTaskContext } from './taskfacts.ts';

const extraFields = { [taskUidField]: 'task-uid' };
let cluster: FakeCluster;
let context: ApprovalTaskContext;
const reconcile = async () => reconcileApprovalTask(context, key);

beforeEach(() => {
  cluster = new FakeCluster();
  cluster.enforceIdentity();
  context = cluster.context();
  cluster.put(namespaces, shop);
  cluster.put(pipelineRuns, somePipelineRun());
  cluster.put(customRuns, someRun({}, { status: { extraFields } }));
  const customRunRef = { name, uid: 'run-uid', hash: runHash(someRun(), sha256) };
  const { spec } = someTask({ customRunRef });
  const mark = markTask(ring, { namespace, name, ownerUid: 'run-uid', spec });
  cluster.put(
    approvalTasks,
    someTask({ customRunRef }, { meta: { annotations: { [annotations.mark]: mark } } }),
  );
});

describe('who waits for a verdict and labels', () => {
  const told = (): string | undefined => cluster.answer()?.status?.verdict;
  /** Settles the task just now; the customrun controller has not yet told the run. */
  const settle = async () => {
    cluster.put(approvalDecisions, someAnswer({}, { creationTimestamp: timestamp(cluster.now) }));
    const again = await reconcile();
    expect(cluster.task().status?.outcome).toBe('approved');
    return again;
  };

  test('lets the pipeline go first, and is told as soon as its run has ended', async () => {
    expect(await settle()).toEqual({ after: 2_000 });
    expect(told()).toBeUndefined();
    const succeeded = { type: conditionTypes.succeeded, status: 'True', reason: 'Approved', message: '' };
    cluster.put(customRuns, someRun({}, { status: { extraFields, conditions: [succeeded] } }));
    expect(cluster.events).toEqual([]);
    await reconcile();
    expect(told()).toBe('counted');
    expect(cluster.task().metadata.labels).toMatchObject({ decision: 'approved' });
    await reconcile();
    const note = 'Approved by alice. The answer of alice came through Kubernetes.';
    expect(cluster.events.map((event) => [event.regarding.kind, event.note])).toEqual([
      ['CustomRun', note],
      ['ApprovalTask', note],
    ]);
    const { metadata, ...task } = cluster.task();
    cluster.put(approvalTasks, { ...task, metadata: { ...metadata, labels: { decision: 'approved' } } });
    await reconcile();
    expect(cluster.task().metadata.labels).toMatchObject({ responses: '1_of_1' });
    expect(cluster.events).toHaveLength(2);
  });

  test('waits two seconds at most for a run that cannot be written', async () => {
    await settle();
    cluster.now += 1_900;
    expect(await reconcile()).toEqual({ after: 100 });
    cluster.now += 100;
    await reconcile();
    expect(told()).toBe('counted');
  });

  test.each([
    ['is gone', () => cluster.remove(customRuns, key)],
    ['has a namesake', () => cluster.put(customRuns, someRun({}, { meta: { uid: 'another' } }))],
  ])('waits for no run that %s', async (_, change) => {
    await settle();
    change();
    await reconcile();
    expect(told()).toBe('counted');
  });
});

describe('an answer that no form and no policy should have let through', () => {
  const meta = (): object => ({ creationTimestamp: timestamp(cluster.now) });
  const refused = async (): Promise<string | undefined> => {
    await reconcile();
    expect(cluster.task().status?.status).toBe('pending');
    return cluster.answer()?.status?.code;
  };
  /** By the link that was mailed to this entry, as the form seals it. */
  const byLink = (entry: string): void => {
    const said: Partial<ApprovalDecision['spec']> = {
      via: 'link',
      actor: { kind: 'link', issuer: '', username: entry, groups: [] },
      approver: entry,
      assurance: 'link',
    };
    const { metadata, spec } = someAnswer(said, { ...meta(), uid: `by-link-${entry}` });
    const seal = sealDecision(
      ring,
      { namespace, name: metadata.name, spec },
      { linkGeneration: 0, browser: 'b' },
    );
    const sealed: ApprovalDecision = { metadata, spec: { ...spec, seal } };
    cluster.put(approvalDecisions, sealed);
  };
  /** Asks in another way; the task is ours by its uid. */
  const asking = (spec: Partial<ApprovalTask['spec']>): void => {
    const task: ApprovalTask = { ...cluster.task(), spec: { ...cluster.task().spec, ...spec } };
    cluster.put(approvalTasks, task);
  };

  test('of a service account is refused', async () => {
    const username = 'system:serviceaccount:shop:bot';
    const actor = { kind: 'kubernetes' as const, issuer: '', username, groups: [] };
    cluster.put(approvalDecisions, someAnswer({ actor }, meta()));
    expect(await refused()).toBe('notAPerson');
  });

  test('by a link that a whole group shares is refused where two people are needed', async () => {
    asking({ strategy: 'FOUR_EYES', approvers: [], groups: ['qa', 'ops@example.com'] });
    byLink('ops@example.com');
    expect(await refused()).toBe('sharedLink');
  });

  test('by a link is refused where who approved with kubectl may be the same person', async () => {
    asking({ strategy: 'FOUR_EYES', approvers: ['alice', 'ann@example.com'] });
    cluster.put(approvalDecisions, someAnswer({}, meta()));
    await reconcile();
    expect(cluster.answer()?.status?.verdict).toBe('counted');
    byLink('ann@example.com');
    expect(await refused()).toBe('cannotTellApart');
  });

  test('by a link is refused where the install asks for more', async () => {
    asking({ approvers: ['ann@example.com'] });
    byLink('ann@example.com');
    const { rules } = context.settings;
    const minAssurance = { ...rules.minAssurance, SINGLE: 'kubernetes' } as const;
    context = { ...context, settings: { ...context.settings, rules: { ...rules, minAssurance } } };
    expect(await refused()).toBe('assuranceTooLow');
  });
});
