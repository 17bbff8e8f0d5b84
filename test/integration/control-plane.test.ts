import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';

import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';

import { Api, type KubeObject } from '../control-plane/api.ts';
import { applyObject, readObject } from '../control-plane/apply.ts';
import { kubeletAnnotations } from '../control-plane/kubelet.ts';
import { createNamespace } from '../control-plane/namespace.ts';
import { forEachPerson, people, type Person } from '../control-plane/people.ts';
import { kubeconfigForServiceAccount, tokenFor } from '../control-plane/service-account.ts';
import { waitFor } from '../control-plane/waiting.ts';

const controlPlane = inject('controlPlane');
const api = new Api(controlPlane.kubeconfig);
const namespace = `control-plane-${randomBytes(3).toString('hex')}`;
const folder = mkdtempSync(path.join(os.tmpdir(), 'control-plane-test-'));

beforeAll(async () => {
  await createNamespace(api, namespace);
});

afterAll(async () => {
  await api.request('DELETE', `/api/v1/namespaces/${namespace}`);
  api.close();
  rmSync(folder, { recursive: true, force: true });
});

function pipelineRun(name: string, annotations: Record<string, string>): KubeObject {
  const step = { name: 'build', image: 'x', command: ['true'] };
  return {
    apiVersion: 'tekton.dev/v1',
    kind: 'PipelineRun',
    metadata: { name, namespace, annotations },
    spec: {
      pipelineSpec: {
        results: [{ name: 'digest', value: '$(tasks.build.results.digest)' }],
        tasks: [{ name: 'build', taskSpec: { results: [{ name: 'digest' }], steps: [step] } }],
      },
    },
  };
}

type Condition = { type: string; status: string; reason: string };
type PipelineRun = { status?: { conditions?: Condition[]; results?: { name: string; value: string }[] } };

const runs = `/apis/tekton.dev/v1/namespaces/${namespace}/pipelineruns`;

function ended(name: string): Promise<PipelineRun> {
  const check = async (): Promise<PipelineRun | undefined> => {
    const run = await readObject<PipelineRun>(api, `${runs}/${name}`);
    return run?.status?.conditions?.some(({ status }) => status !== 'Unknown') === true ? run : undefined;
  };
  return waitFor(check, { what: `the end of PipelineRun ${name}` });
}

describe('the stand-in for the kubelet', () => {
  test('a PipelineRun of a real Tekton ends Succeeded with the results its annotation names', async () => {
    const results = JSON.stringify({ digest: 'sha256:1234' });
    await api.request('POST', runs, { body: pipelineRun('good', { [kubeletAnnotations.results]: results }) });
    const { status } = await ended('good');
    expect(status?.conditions).toMatchObject([{ type: 'Succeeded', status: 'True' }]);
    expect(status?.results).toEqual([{ name: 'digest', value: 'sha256:1234' }]);
  });

  test('an exit code other than 0 fails the PipelineRun', async () => {
    await api.request('POST', runs, { body: pipelineRun('bad', { [kubeletAnnotations.exitCode]: '3' }) });
    const { status } = await ended('bad');
    expect(status?.conditions).toMatchObject([{ type: 'Succeeded', status: 'False', reason: 'Failed' }]);
  });
});

type Review = { status: { userInfo: { username: string; groups: string[] } } };

async function whoAmI(kubeconfig: string): Promise<Review['status']['userInfo']> {
  const own = new Api(kubeconfig);
  const kind = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const review = await own.request<Review>('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
    body: kind,
  });
  own.close();
  return review.status.userInfo;
}

describe('the people', () => {
  const names: Person[] = [];
  forEachPerson((person) => names.push(person));

  test.each(names)('the API server knows %s with the groups of the list and no others', async (person) => {
    const { username, groups } = await whoAmI(controlPlane.users[person]);
    expect(username).toBe(person);
    expect(groups.filter((group) => group !== 'system:authenticated')).toEqual(people[person]);
  });

  test('nobody has a right that no test granted', async () => {
    const alice = new Api(controlPlane.users.alice);
    await expect(alice.request('GET', runs)).rejects.toMatchObject({ status: 403 });
    alice.close();
  });
});

test('a process can run as a ServiceAccount for a day, by a kubeconfig with its token', async () => {
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot', namespace } };
  await applyObject(api, account);
  const file = path.join(folder, 'robot');
  await kubeconfigForServiceAccount(controlPlane.kubeconfig, { namespace, name: 'robot' }, file);
  const { username } = await whoAmI(file);
  const [, claims = ''] = (await tokenFor(api, { namespace, name: 'robot' })).split('.');
  const { exp, iat } = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8'));
  expect(exp - iat).toBe(24 * 3600);
  expect(username).toBe(`system:serviceaccount:${namespace}:robot`);
});
