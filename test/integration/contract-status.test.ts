import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CustomRun, CustomRunStatus } from '../../src/api/tekton.ts';
import { customRuns, pipelineRuns } from '../../src/api/resources.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { approval, inlineRun, paramsOf } from '../builders/inline-run.ts';
import { openGate, type Gate } from './gate.ts';
import { until } from './until.ts';

/**
 * Every version of a run's status that Tekton could have seen, from first to last: a watch hands over each write, and
 * each is held against the rules. The ways to end are walked at the same time.
 */

type Run = CustomRun & KubeObject;
interface Ended {
  readonly way: string;
  readonly name: string;
  readonly params?: Record<string, unknown>;
  readonly step?: Record<string, unknown>;
  /** What happens to it once it asks. */
  readonly act?: (run: string) => Promise<unknown>;
  readonly ends: string;
}

let gate: Gate;
const versions = new Map<string, Run[]>();
const watching = new AbortController();
let watched: Promise<void>;

const answer =
  (person: 'alice' | 'bob', decision: 'approve' | 'reject') =>
  async (run: string): Promise<unknown> =>
    gate.answer(person, await gate.task(run), { decision, comment: 'so be it' });
const change =
  (spec: object) =>
  async (run: string): Promise<unknown> => {
    await gate.task(run);
    await gate.customRun(run, ({ status }) => status?.extraFields !== undefined);
    return gate.admin.patch(customRuns, gate.key(run), { spec }, { type: 'merge' });
  };

const ways: readonly Ended[] = [
  {
    way: 'approved by two, one after the other',
    name: 'approved',
    params: { approvers: ['alice', 'bob'], strategy: 'MULTI' },
    act: async (run) => {
      await answer('alice', 'approve')(run);
      await answer('bob', 'approve')(run);
    },
    ends: 'True Approved',
  },
  { way: 'rejected', name: 'rejected', act: answer('alice', 'reject'), ends: 'True Rejected' },
  {
    way: 'rejected, where that fails',
    name: 'failed',
    params: { approvers: ['alice'], onReject: 'fail' },
    act: answer('alice', 'reject'),
    ends: 'False Rejected',
  },
  {
    way: 'timed out after a retry',
    name: 'timed-out',
    step: { timeout: '1s', retries: 1 },
    ends: 'False CustomRunTimedOut',
  },
  {
    way: 'cancelled while it waited',
    name: 'cancelled',
    act: change({ status: 'RunCancelled' }),
    ends: 'False CustomRunCancelled',
  },
  {
    way: 'changed while it waited',
    name: 'drifted',
    act: change({ params: paramsOf({ approvers: ['mallory'] }) }),
    ends: 'False SpecDrift',
  },
  {
    way: 'approved, and cancelled afterwards',
    name: 'late-cancel',
    act: async (run) => {
      await answer('alice', 'approve')(run);
      await gate.customRun(run);
      await change({ status: 'RunCancelled' })(run);
    },
    ends: 'True Approved',
  },
  { way: 'wrong from the beginning', name: 'invalid', params: {}, ends: 'False InvalidParameters' },
];

beforeAll(async () => {
  gate = await openGate();
  await gate.allow('people', [
    { kind: 'User', name: 'alice' },
    { kind: 'User', name: 'bob' },
  ]);
  watched = keepVersions();
  await Promise.all(ways.map(walk));
});
afterAll(async () => {
  watching.abort();
  await watched;
  await gate.close();
});

async function keepVersions(): Promise<void> {
  const { namespace } = gate;
  const { resourceVersion } = await gate.admin.listAll(customRuns, { namespace });
  const limits = { timeoutSeconds: 600, inactivityMs: 600_000, signal: watching.signal };
  try {
    for await (const event of gate.admin.watch(customRuns, { namespace, resourceVersion, ...limits })) {
      if (event.type !== 'ADDED' && event.type !== 'MODIFIED') continue;
      const run = event.object as Run;
      versions.set(run.metadata.name, [...(versions.get(run.metadata.name) ?? []), run]);
    }
  } catch (error) {
    if (!watching.signal.aborted) throw error;
  }
}

async function walk({ name, params = { approvers: ['alice'] }, step, act, ends }: Ended): Promise<void> {
  const run = `${name}-ask`;
  await gate.create(pipelineRuns, inlineRun(name, { tasks: [approval('ask', params, step)] }));
  await act?.(run);
  await until(`${run} ended, and its last generation is seen`, async () => {
    const last = versions.get(run)?.at(-1);
    if (last?.status?.observedGeneration !== last?.metadata.generation) return false;
    return endOf(last?.status) === ends;
  });
}

const endOf = (status: CustomRunStatus | undefined): string =>
  `${status?.conditions?.[0]?.status ?? ''} ${status?.conditions?.[0]?.reason ?? ''}`;
const isDone = (status: CustomRunStatus | undefined): boolean =>
  status?.conditions?.[0]?.status === 'True' || status?.conditions?.[0]?.status === 'False';

interface Write {
  readonly before: CustomRunStatus;
  readonly status: CustomRunStatus;
  readonly generation: number | undefined;
}

/** The writes of its status. Others write its spec, and leave the status as it was. */
function writesOf({ name }: Ended): Write[] {
  const all = versions.get(`${name}-ask`) ?? [];
  const pairs = all.map(({ status = {}, metadata }, at) => ({
    before: all[at - 1]?.status ?? {},
    status,
    generation: metadata.generation,
  }));
  const writes = pairs.filter(({ before, status }) => JSON.stringify(before) !== JSON.stringify(status));
  expect(writes.length).toBeGreaterThan(0);
  return writes;
}

const resultNames = [
  'decision',
  'comment',
  'approvedBy',
  'rejectedBy',
  'outcome',
  'approvers',
  'auditDigest',
];

describe.each(ways)('a run that is $way', (ended) => {
  it('carries one condition, Succeeded, with a time, and nothing that Tekton’s schema does not know', () => {
    for (const { status } of writesOf(ended)) {
      expect(status.conditions?.map(({ type }) => type)).toEqual(['Succeeded']);
      expect(Object.keys(status.conditions?.[0] ?? {}).toSorted()).toEqual([
        'lastTransitionTime',
        'message',
        'reason',
        'status',
        'type',
      ]);
      expect(status.conditions?.[0]?.message).not.toBe('');
    }
  });

  it('moves the time of its condition when its status changes, and only then', () => {
    for (const { before, status } of writesOf(ended)) {
      const [was] = before.conditions ?? [];
      const [is] = status.conditions ?? [];
      if (was?.status === is?.status) expect(is?.lastTransitionTime).toBe(was?.lastTransitionTime);
      else expect(is?.lastTransitionTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    }
  });

  it('names in each write the generation that it was written for', () => {
    for (const { status, generation } of writesOf(ended)) expect(status.observedGeneration).toBe(generation);
  });

  it('has a start from the first write on, kept within an attempt, and an end with its last condition', () => {
    for (const { before, status } of writesOf(ended)) {
      expect(status.startTime).toMatch(/Z$/);
      const sameAttempt = before.retriesStatus?.length === status.retriesStatus?.length;
      if (before.startTime !== undefined && sameAttempt) expect(status.startTime).toBe(before.startTime);
      expect(status.completionTime !== undefined).toBe(isDone(status));
    }
  });

  it('has all results with its last condition, as texts, and none before', () => {
    for (const { status } of writesOf(ended)) {
      const results = status.results ?? [];
      expect(results.map(({ name }) => name)).toEqual(isDone(status) ? resultNames : []);
      expect(results.every(({ value }) => typeof value === 'string')).toBe(true);
    }
  });

  it('never goes back, and changes nothing once it has ended but the generation seen', () => {
    for (const { before, status } of writesOf(ended)) {
      if (!isDone(before)) continue;
      expect({ ...status, observedGeneration: 0 }).toEqual({ ...before, observedGeneration: 0 });
    }
    expect(endOf(writesOf(ended).at(-1)?.status)).toBe(ended.ends);
  });
});

describe('beside that', () => {
  const statusOf = (name: string): CustomRunStatus => versions.get(`${name}-ask`)?.at(-1)?.status ?? {};

  it('a run names its ApprovalTask by uid, in the one place for fields that Tekton does not know', async () => {
    const { metadata } = await gate.task('approved-ask');
    expect(statusOf('approved').extraFields).toEqual({ approvalTaskUid: metadata.uid });
    expect(statusOf('invalid').extraFields).toBeUndefined();
  });

  it('attempts that passed are whole statuses, as Tekton’s webhook decodes them', () => {
    const [first, ...more] = statusOf('timed-out').retriesStatus ?? [];
    expect(endOf(first)).toBe('False CustomRunTimedOut');
    expect(first).toMatchObject({
      startTime: expect.stringMatching(/Z$/),
      completionTime: expect.stringMatching(/Z$/),
    });
    expect(more).toEqual([]);
  });

  it('a run is written for what is new alone: who is awaited, an attempt, its end, a generation', () => {
    const most: Record<string, number> = { rejected: 2, failed: 2, invalid: 1 };
    const wordy = ways.filter((way) => writesOf(way).length > (most[way.name] ?? 3));
    expect(wordy).toEqual([]);
  });
});
