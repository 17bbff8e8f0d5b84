import { beforeEach, describe, expect, test } from 'vitest';
import { annotations } from '../api/names.ts';
import { renderGuard } from '../api/policy/guard.ts';
import { requesterGuard } from '../api/policy/requester.ts';
import { shippedValues } from '../api/policy/values.ts';
import type { PipelineRun } from '../api/tekton.ts';
import { timestamp } from '../api/time.ts';
import { start } from '../domain/fixture.ts';
import { KubeError } from '../kube/error.ts';
import type { KubeObject } from '../kube/object.ts';
import { keepPipelineRun } from './caches.ts';
import { FakeCluster } from './fake-cluster.ts';
import { somePipelineRun } from './fixture.ts';
import { gatherRequester } from './requester.ts';
import { admissionPolicies, admissionPolicyBindings, pipelineRuns } from '../api/resources.ts';

const { requestedBy, requestedFor } = annotations;
const unknown = { name: '', certainty: 'unknown' };

let cluster: FakeCluster;
beforeEach(() => {
  cluster = new FakeCluster();
});

/** The requester policy, in force since that time. */
function enforce(
  at = start - 60_000,
  change: (spec: ReturnType<typeof JSON.parse>) => void = () => {},
): void {
  const metadata = {
    ...somePipelineRun().metadata,
    namespace: '',
    name: requesterGuard.name,
    creationTimestamp: timestamp(start - 600_000),
    managedFields: [{ time: timestamp(at) }],
  };
  const [policy, binding]: ReturnType<typeof JSON.parse>[] = structuredClone(
    renderGuard(requesterGuard, shippedValues),
  );
  change(policy.spec);
  cluster.put(admissionPolicies, { ...policy, metadata });
  cluster.put(admissionPolicyBindings, { ...binding, metadata });
}

/** A PipelineRun as the cache holds it, newer than the policy. */
function pipelineRun(
  carried: Record<string, string>,
  meta: Partial<KubeObject['metadata']> = {},
): PipelineRun & KubeObject {
  const made = somePipelineRun({
    meta: { annotations: carried, resourceVersion: '1000', ...meta },
  });
  made.metadata.name = meta.name ?? made.metadata.name;
  return keepPipelineRun(made);
}

const requesterOf = async (run: PipelineRun) =>
  gatherRequester(cluster.context(), { kind: 'live', pipelineRun: run });

describe('the user name on a PipelineRun', () => {
  test('is confirmed where the policy was in force when the run was made', async () => {
    enforce();
    expect(await requesterOf(pipelineRun({ [requestedBy]: 'alice' }))).toEqual({
      name: 'alice',
      certainty: 'stamped',
    });
  });

  test.each<[string, () => void]>([
    ['is missing', () => {}],
    ['was weakened', () => enforce(undefined, (spec) => spec.validations.pop())],
    ['was changed after the run was made', () => enforce(start + 1_000)],
    ['was changed a moment before the run was made', () => enforce(start - 5_000)],
    [
      'may not be read',
      () => {
        enforce();
        cluster.before = (_, plural) => {
          if (plural === 'validatingadmissionpolicies')
            throw new KubeError('no', { status: 403, reason: 'Forbidden' });
        };
      },
    ],
  ])('is only asserted where the policy %s', async (_, arrange) => {
    arrange();
    expect(await requesterOf(pipelineRun({ [requestedBy]: 'alice' }))).toEqual({
      name: 'alice',
      certainty: 'asserted',
    });
  });

  test('is only asserted where the policy was changed later and left no time', async () => {
    enforce();
    const run = pipelineRun({ [requestedBy]: 'alice' }, { resourceVersion: '101' });
    expect(await requesterOf(run)).toMatchObject({ certainty: 'asserted' });
  });

  test('waits where it cannot be found out', async () => {
    enforce();
    cluster.before = () => {
      throw new KubeError('later', { status: 503 });
    };
    await expect(requesterOf(pipelineRun({ [requestedBy]: 'alice' }))).rejects.toThrow('later');
  });

  test.each(['a'.repeat(257), 'al\u0007ice', ' alice', 'al  ice'])(
    'is nobody where showing it would change it: %j',
    async (name) => {
      enforce();
      expect(await requesterOf(pipelineRun({ [requestedBy]: name }))).toEqual(unknown);
    },
  );
});

describe('the name that a trigger gives', () => {
  test('is asserted, whatever the policy', async () => {
    enforce();
    const run = pipelineRun({ [requestedFor]: 'carol' });
    expect(await requesterOf(run)).toEqual({ name: 'carol', certainty: 'asserted' });
  });

  test('stands back where somebody is confirmed', async () => {
    enforce();
    const run = pipelineRun({ [requestedBy]: 'alice', [requestedFor]: 'carol' });
    expect(await requesterOf(run)).toEqual({ name: 'alice', certainty: 'stamped' });
  });

  test('is one line of bounded length without control characters', async () => {
    const run = pipelineRun({ [requestedFor]: ` ca\u0007rol\r\n${'x'.repeat(300)} ` });
    const { name } = await requesterOf(run);
    expect(name).toMatch(/^carol x+…$/u);
    expect(name).toHaveLength(256);
  });

  test.each(['', ' \n ', '\u200b'])('is nobody where it is blank: %j', async (blank) => {
    expect(await requesterOf(pipelineRun({ [requestedFor]: blank }))).toEqual(unknown);
    expect(await requesterOf(pipelineRun({ [requestedBy]: blank, [requestedFor]: 'carol' }))).toMatchObject({
      name: 'carol',
    });
  });
});

test('of the annotations of a PipelineRun nothing else is kept, and of a name no more than can be one', async () => {
  const long = '\u{1f600}'.repeat(100_000);
  const run = pipelineRun({ [requestedBy]: long, [requestedFor]: long, other: 'x' });
  expect(Object.keys(run.metadata.annotations ?? {})).toEqual([requestedBy, requestedFor]);
  expect(JSON.stringify(run).length).toBeLessThan(2_000);
  enforce();
  expect(await requesterOf(run)).toEqual(unknown);
});

describe('the root', () => {
  const parent = (name: string, uid = `${name}-uid`) => [
    { apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', name, uid, controller: true },
  ];
  const child = (carried = {}, of = 'root') => pipelineRun(carried, { ownerReferences: parent(of) });
  const put = (name: string, carried: Record<string, string>, meta: object = {}): void => {
    cluster.put(pipelineRuns, pipelineRun(carried, { name, uid: `${name}-uid`, ...meta }));
  };
  beforeEach(() => {
    enforce();
    // The cluster numbers what it stores: later than the child of `pipelineRun`.
    for (let number = 0; number < 3; number += 1) put('other', {});
  });

  test('is asked, and not the child', async () => {
    put('root', { [requestedFor]: 'carol' });
    expect(await requesterOf(child({ [requestedFor]: 'mallory' }))).toMatchObject({ name: 'carol' });
  });

  test('confirms for its children', async () => {
    put('root', { [requestedBy]: 'alice' });
    expect(await requesterOf(child())).toEqual({ name: 'alice', certainty: 'stamped' });
  });

  test('confirms nothing for a child that is older than the policy: its owner was nobody’s to vouch for', async () => {
    put('root', { [requestedBy]: 'alice' });
    const early = pipelineRun(
      {},
      { ownerReferences: parent('root'), creationTimestamp: timestamp(start - 120_000) },
    );
    expect(await requesterOf(early)).toEqual({ name: 'alice', certainty: 'asserted' });
  });

  test('is read live where the cache does not have it yet', async () => {
    cluster.cachesFollow = false;
    put('root', { [requestedFor]: 'carol' });
    expect(await requesterOf(child())).toMatchObject({ name: 'carol' });
  });

  test('that is gone, or another of its name, says nothing', async () => {
    expect(await requesterOf(child({ [requestedFor]: 'carol' }, 'gone'))).toEqual(unknown);
    put('root', { [requestedFor]: 'carol' }, { uid: 'later' });
    expect(await requesterOf(child())).toEqual(unknown);
  });

  test('is looked for through ten levels, and no more', async () => {
    const levels = (count: number): void => {
      put('level-0', { [requestedFor]: 'carol' });
      for (let level = 1; level < count; level += 1)
        put(`level-${level}`, {}, { ownerReferences: parent(`level-${level - 1}`) });
    };
    levels(9);
    expect(await requesterOf(child({}, 'level-8'))).toMatchObject({ name: 'carol' });
    levels(10);
    expect(await requesterOf(child({}, 'level-9'))).toEqual(unknown);
  });

  test('of PipelineRuns that own each other is nowhere', async () => {
    put('one', { [requestedFor]: 'carol' }, { ownerReferences: parent('two') });
    put('two', { [requestedFor]: 'carol' }, { ownerReferences: parent('one') });
    expect(await requesterOf(child({}, 'one'))).toEqual(unknown);
  });
});

test.each([{ kind: 'standalone' }, { kind: 'none' }] as const)(
  'a run that no PipelineRun owns has no requester: $kind',
  async (owner) => {
    expect(await gatherRequester(cluster.context(), owner)).toEqual(unknown);
  },
);
