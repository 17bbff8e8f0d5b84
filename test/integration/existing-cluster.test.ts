import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, describe, expect, inject, test } from 'vitest';

import { Api } from '../control-plane/api.ts';
import { existingCluster } from '../control-plane/existing.ts';
import { applyInstallation, userOf } from '../control-plane/installation.ts';
import { freePorts } from '../control-plane/ports.ts';

const { kubeconfig, apiServer } = inject('controlPlane');
const folder = mkdtempSync(path.join(os.tmpdir(), 'existing-cluster-test-'));

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The kubeconfig as it would be somewhere else: without the people that our own clusters keep beside it. */
function copyOfKubeconfig(): string {
  const copy = path.join(folder, 'copy');
  copyFileSync(kubeconfig, copy);
  return copy;
}

test('npm run cluster -- --kubeconfig installs into the cluster named and starts none', () => {
  const command = fileURLToPath(new URL('../control-plane/cluster-command.ts', import.meta.url));
  const args = [command, '--kubeconfig', kubeconfig];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(stderr).toBe("installed the kinds and the operator's rights into namespace tekton-approvals\n");
  expect(stdout).toContain(`API server ${apiServer}\nexport KUBECONFIG=${kubeconfig}\n`);
  expect(status).toBe(0);
});

test('an installation that is there keeps its install values', async () => {
  const api = new Api(kubeconfig);
  const breakGlass = async (): Promise<string | undefined> => {
    const stored = await api.request<{ spec: { variables: { name: string; expression: string }[] } }>(
      'GET',
      '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/tekton-approvals-tasks',
    );
    return stored.spec.variables.find(({ name }) => name === 'breakGlass')?.expression;
  };
  const before = await breakGlass();
  expect(before).toBe(JSON.stringify([await userOf(kubeconfig)]));
  await applyInstallation(kubeconfig);
  expect(await breakGlass()).toBe(before);
  api.close();
});

describe('the people of a cluster that is not ours', () => {
  test('the administrator acts for them, with their groups', async () => {
    const cluster = await existingCluster(copyOfKubeconfig());
    const erin = new Api(cluster.kubeconfigFor('erin'));
    const review = await erin.request<{ status: { userInfo: { username: string; groups: string[] } } }>(
      'POST',
      '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      { body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' } },
    );
    expect(review.status.userInfo.username).toBe('erin');
    expect(review.status.userInfo.groups).toContain('release-managers');
    erin.close();
    await cluster.stop();
  });

  test('the kubeconfig that was named is left as it was', async () => {
    const copy = copyOfKubeconfig();
    await (await existingCluster(copy)).stop();
    expect(readFileSync(copy, 'utf8')).toBe(readFileSync(kubeconfig, 'utf8'));
  });
});

describe('a cluster that cannot be used is told in one sentence', () => {
  test('no such file', async () => {
    await expect(existingCluster(path.join(folder, 'none'))).rejects.toThrow('there is no kubeconfig file');
  });

  test('nobody answers', async () => {
    const [port = 0] = await freePorts(1);
    const dead = path.join(folder, 'dead');
    writeFileSync(dead, readFileSync(kubeconfig, 'utf8').replace(apiServer, `https://127.0.0.1:${port}`));
    await expect(existingCluster(dead)).rejects.toThrow(
      /the cluster of .*dead cannot be used: .*ECONNREFUSED/,
    );
  });

  test('nobody knows the user', async () => {
    const stranger = path.join(folder, 'stranger');
    writeFileSync(stranger, readFileSync(kubeconfig, 'utf8').replace(/token: .*/, 'token: wrong'));
    await expect(existingCluster(stranger)).rejects.toThrow(/cannot be used: .*Unauthorized/);
  });
});
