import { expect, test } from 'vitest';
import { policyBindingName, policyName, ruleCodes } from '../api/policy/identity.ts';
import { timestamp } from '../api/time.ts';
import { start } from '../domain/fixture.ts';
import { KubeError } from '../kube/error.ts';
import { FakeCluster } from './fake-cluster.ts';
import { someAnswer } from './fixture.ts';
import { PolicyProof } from './policyproof.ts';
import { admissionPolicies, admissionPolicyBindings } from '../api/resources.ts';

const codes = Object.values(ruleCodes);
const denied = (text: string, status = 422) => new KubeError(text, { status, reason: 'Invalid' });

/** Policy and binding in force: the n-th forgery meets the n-th rule. */
function proven(): { cluster: FakeCluster; proof: PolicyProof; tried: () => number } {
  const cluster = new FakeCluster();
  const policy = { ...someAnswer().metadata, namespace: '', creationTimestamp: timestamp(start) };
  const changed = { ...policy, managedFields: [{ time: timestamp(start + 3_000) }, {}] };
  cluster.put(admissionPolicies, { metadata: { ...changed, name: policyName } });
  cluster.put(admissionPolicyBindings, { metadata: { ...policy, name: policyBindingName } });
  let tried = 0;
  cluster.admit = () => {
    const code = codes[tried % codes.length] ?? '';
    tried += 1;
    throw denied(`denied: ${code} no`);
  };
  return { cluster, proof: cluster.context().proof, tried: () => tried };
}

test('five forgeries, each refused by its own rule, prove the policy since its newest change', async () => {
  const { proof, tried } = proven();
  expect(await proof.prove('shop')).toEqual({
    kind: 'holds',
    since: { at: start + 3_000, version: 102n },
  });
  expect(tried()).toBe(5);
});

test.each(codes.map((code, index) => [code, index] as const))(
  'a policy that lets the forgery against %s through is broken',
  async (code, index) => {
    const { cluster, proof } = proven();
    const { admit } = cluster;
    let tried = -1;
    cluster.admit = (object) => {
      tried += 1;
      if (tried !== index) admit(object);
    };
    // The rule before it must still be the one that is expected.
    const state = await proof.prove('shop');
    expect(state).toEqual({ kind: 'broken', forgery: code });
    // One Event for the change, however many answers come.
    cluster.admit = () => undefined;
    await proof.prove('shop');
    expect(cluster.events).toMatchObject([
      { reason: 'ForgeryAccepted', note: expect.stringContaining('shop') },
    ]);
  },
);

test.each<[string, KubeError]>([
  ['another rule', denied(`denied: ${ruleCodes.person}`)],
  ['another admission plugin', denied('exceeded quota', 403)],
  ['an API server that is busy', new KubeError('too many requests', { status: 429 })],
  ['an API server that fails', new KubeError('etcd is away', { status: 500 })],
  ['silence', new KubeError('no answer', { status: 0 })],
])('a forgery refused by %s proves nothing, and breaks nothing', async (_, error) => {
  const { cluster, proof } = proven();
  cluster.admit = () => {
    throw error;
  };
  expect(await proof.prove('shop')).toEqual({ kind: 'unknown', because: error.message });
});

test.each([
  ['the policy', admissionPolicies, policyName],
  ['the binding', admissionPolicyBindings, policyBindingName],
])('without %s nothing is proven, even where all forgeries are refused', async (_, type, name) => {
  const { cluster, proof } = proven();
  cluster.remove(type, name);
  expect(await proof.prove('shop')).toMatchObject({ kind: 'unknown' });
});

test('one forgery that is accepted is certain, also where it is not clear what became of the others', async () => {
  const { cluster, proof } = proven();
  let tried = 0;
  cluster.admit = () => {
    tried += 1;
    if (tried < codes.length) throw new KubeError('etcd is away', { status: 500 });
  };
  expect(await proof.prove('shop')).toMatchObject({ kind: 'broken' });
});

test('a policy that cannot be read proves nothing', async () => {
  const { cluster, proof } = proven();
  cluster.before = (verb) => {
    if (verb === 'get') throw denied('forbidden', 403);
  };
  expect(await proof.prove('shop')).toEqual({ kind: 'unknown', because: 'forbidden' });
});

test('a weak policy that is mended while it is tried does not vouch for what it let through before', async () => {
  const { cluster, proof } = proven();
  const { admit } = cluster;
  let tried = 0;
  cluster.admit = (object) => {
    tried += 1;
    if (tried === 1) {
      const mended = { ...someAnswer().metadata, namespace: '', creationTimestamp: timestamp(start) };
      cluster.put(admissionPolicies, { metadata: { ...mended, name: policyName } });
    }
    admit(object);
  };
  expect(await proof.prove('shop')).toMatchObject({ kind: 'holds', since: { version: 103n } });
});

test('whoever asks while a proof runs gets one that began afterwards; several of them share it', async () => {
  const { cluster, proof } = proven();
  const { admit } = cluster;
  let tried = 0;
  // After the first proof's forgeries the policy is gone: only a proof that began later can know.
  cluster.admit = (object) => {
    tried += 1;
    if (tried <= codes.length) admit(object);
  };
  const first = proof.prove('shop');
  const later = [proof.prove('shop'), proof.prove('shop')];
  expect((await first).kind).toBe('holds');
  const [one, other] = await Promise.all(later);
  expect(one?.kind).toBe('broken');
  expect(other).toBe(one);
});

test('a change of state is one line of the log, not one for each answer', async () => {
  const { cluster, proof } = proven();
  for (let look = 0; look < 3; look += 1) await proof.prove('shop');
  cluster.admit = () => undefined;
  for (let look = 0; look < 3; look += 1) await proof.prove('shop');
  expect(cluster.logs).toHaveLength(2);
});

test('each proof tells how many namespaces are in which state, and what is forgotten no longer counts', async () => {
  const { cluster } = proven();
  const { admit } = cluster;
  const tallies: unknown[] = [];
  const proved = (_: unknown, tally: unknown): unknown => tallies.push(tally);
  const context = cluster.context();
  const proof = new PolicyProof(
    { ...context, telemetry: { ...context.telemetry, proved } },
    { monotonic: () => 7 },
  );
  await proof.prove('shop');
  cluster.admit = () => undefined;
  await proof.prove('bank');
  await proof.prove('gone');
  expect(tallies).toEqual([
    { holds: 1, broken: 0, unknown: 0 },
    { holds: 1, broken: 1, unknown: 0 },
    { holds: 1, broken: 2, unknown: 0 },
  ]);
  expect(proof.known('gone')).toMatchObject({ kind: 'broken' });
  cluster.admit = admit;
  proof.keepOnly((namespace) => namespace !== 'gone');
  expect(proof.known('gone')).toBeUndefined();
  expect([...proof.tried()]).toEqual([
    ['shop', 7],
    ['bank', 7],
  ]);
  await proof.prove('bank');
  expect(tallies.slice(3)).toEqual([{ holds: 2, broken: 0, unknown: 0 }]);
});

test('who asked for it is told of each change, and of nothing else', async () => {
  const { cluster } = proven();
  const { admit } = cluster;
  const changes: unknown[] = [];
  const onChange = (namespace: string, { kind }: { kind: string }) => changes.push([namespace, kind]);
  const proof = new PolicyProof(cluster.context(), { onChange });
  for (let look = 0; look < 2; look += 1) await proof.prove('shop');
  cluster.admit = () => undefined;
  for (let look = 0; look < 2; look += 1) await proof.prove('shop');
  cluster.admit = admit;
  await proof.prove('shop');
  expect(changes).toEqual([
    ['shop', 'holds'],
    ['shop', 'broken'],
    ['shop', 'holds'],
  ]);
});
