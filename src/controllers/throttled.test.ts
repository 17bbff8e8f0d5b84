import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { policyBindingName, policyName, ruleCodes } from '../api/policy/identity.ts';
import { taskUidOf } from '../api/runstatus.ts';
import { timestamp } from '../api/time.ts';
import { start } from '../domain/fixture.ts';
import { KubeError } from '../kube/error.ts';
import { keyOf, type KubeObject } from '../kube/object.ts';
import { Crew } from './crew.ts';
import { FakeCluster } from './fake-cluster.ts';
import { someAnswer, shop, somePipelineRun, someRun } from './fixture.ts';
import { PolicyProof } from './policyproof.ts';
import {
  admissionPolicies,
  admissionPolicyBindings,
  customRuns,
  namespaces,
  pipelineRuns,
} from '../api/resources.ts';

const busy = (ms: number): KubeError =>
  new KubeError('too many requests', { status: 429, reason: 'TooManyRequests', retryAfterMs: ms });

let cluster: FakeCluster;

/** A policy in force: the n-th forgery meets the n-th rule. */
function refusing(): FakeCluster['admit'] {
  const codes = Object.values(ruleCodes);
  let tried = 0;
  return () => {
    tried += 1;
    throw new KubeError(`denied: ${codes[(tried - 1) % codes.length] ?? ''}`, { status: 422 });
  };
}

beforeEach(() => {
  cluster = new FakeCluster();
  const metadata = { ...someAnswer().metadata, namespace: '', creationTimestamp: timestamp(start) };
  cluster.put(admissionPolicies, { metadata: { ...metadata, name: policyName } });
  cluster.put(admissionPolicyBindings, { metadata: { ...metadata, name: policyBindingName } });
  cluster.admit = refusing();
});

test('a proof that met 429 is not tried again before Retry-After is over, in that namespace alone', async () => {
  let now = 1_000;
  const proof = new PolicyProof(cluster.context(), { monotonic: () => now });
  let tried = 0;
  cluster.admit = () => {
    tried += 1;
    throw busy(5_000);
  };
  const refused = await proof.prove('shop');
  expect(refused).toMatchObject({ kind: 'unknown', because: 'too many requests' });
  const before = tried;
  now += 4_999;
  expect(await proof.prove('shop')).toEqual(refused);
  expect(tried).toBe(before);
  cluster.admit = refusing();
  expect(await proof.prove('other')).toMatchObject({ kind: 'holds' });
  expect(await proof.prove('shop')).toEqual(refused);
  now += 1;
  cluster.admit = refusing();
  expect(await proof.prove('shop')).toMatchObject({ kind: 'holds' });
});

test('a forgery that is accepted is told at once, whatever another one was asked to wait for', async () => {
  const proof = new PolicyProof(cluster.context(), { monotonic: () => 0 });
  let tried = 0;
  cluster.admit = () => {
    tried += 1;
    if (tried === 1) throw busy(60_000);
  };
  expect(await proof.prove('shop')).toMatchObject({ kind: 'broken' });
  cluster.admit = refusing();
  expect(await proof.prove('shop')).toMatchObject({ kind: 'holds' });
});

/** Runs that the pipeline made at once, each with its name. */
function someRuns(...names: string[]): KubeObject[] {
  return names.map((name) => {
    const run = someRun({}, { meta: { uid: `${name}-uid` } });
    return { ...run, metadata: { ...run.metadata, name } };
  });
}

let crew: Crew | undefined;
afterEach(async () => {
  await crew?.stop(1_000);
  crew = undefined;
});

test('a run that met 429 is left alone for so long, however often it is touched, and no other waits for it', async () => {
  cluster.put(namespaces, shop);
  cluster.put(pipelineRuns, somePipelineRun());
  const [blocked, ...others] = someRuns('blocked', 'one', 'two', 'three');
  if (blocked === undefined) throw new Error('no run');
  const tries: number[] = [];
  const create = cluster.create.bind(cluster);
  cluster.create = async (type, object, options) => {
    const { name } = (object as KubeObject).metadata;
    if (name !== 'blocked') return create(type, object, options);
    tries.push(performance.now());
    if (tries.length === 1) throw busy(1_500);
    return create(type, object, options);
  };
  const context = cluster.context();
  crew = new Crew({
    context,
    atOnce: 1,
    policyProofMs: 3_600_000,
    installNamespace: 'tekton-approvals',
    followers: [],
  });
  crew.start();
  const { customRuns: cached } = context.caches;
  const asked = (run: KubeObject): boolean => {
    const stored = cached.get(keyOf(run));
    return stored !== undefined && taskUidOf(stored) !== undefined;
  };
  for (const run of [blocked, ...others]) cluster.put(customRuns, run);
  await vi.waitFor(() => expect(others.every(asked)).toBe(true), { timeout: 20_000 });
  expect(tries).toHaveLength(1);
  const touch = setInterval(() => cluster.put(customRuns, cached.get(keyOf(blocked)) ?? blocked), 20);
  try {
    await vi.waitFor(() => expect(asked(blocked)).toBe(true), { timeout: 20_000 });
  } finally {
    clearInterval(touch);
  }
  expect((tries[1] ?? 0) - (tries[0] ?? 0)).toBeGreaterThanOrEqual(1_499);
});
