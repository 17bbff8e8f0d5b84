import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { KubeConfig } from '@kubernetes/client-node';
import { dump, load } from 'js-yaml';

import { Api } from './api.ts';
import { readObject } from './apply.ts';
import type { ControlPlane } from './control-plane.ts';
import { forEachPerson, people, type Person } from './people.ts';

/** The variable that names the kubeconfig of a running cluster for the tests. */
export const existingClusterVariable = 'APPROVALS_TEST_KUBECONFIG';

/**
 * A cluster that is running already, named by the kubeconfig of an administrator; its current context counts.
 * Nothing of it is stopped by `stop`. Its people are the ones beside the kubeconfig where `npm run cluster` left
 * them; elsewhere the administrator acts for them (impersonation).
 * Throws one sentence for people where the cluster does not answer or has no Tekton.
 */
export async function existingCluster(kubeconfig: string): Promise<ControlPlane> {
  if (!existsSync(kubeconfig)) throw new Error(`there is no kubeconfig file ${kubeconfig}`);
  const apiServer = await checkTekton(kubeconfig);
  const left = path.join(path.dirname(kubeconfig), 'users');
  const made = existsSync(path.join(left, 'alice')) ? undefined : makeUsers(kubeconfig);
  const users = forEachPerson((person) => path.join(made ?? left, person));
  return {
    kubeconfig,
    apiServer,
    users,
    kubeconfigFor: (person) => users[person],
    stop: async () => {
      if (made !== undefined) rmSync(made, { recursive: true, force: true });
    },
  };
}

async function checkTekton(kubeconfig: string): Promise<string> {
  const api = new Api(kubeconfig);
  const crd = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/customruns.tekton.dev';
  try {
    if ((await readObject(api, crd)) !== undefined) return api.server;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`the cluster of ${kubeconfig} cannot be used: ${reason}`, { cause: error });
  } finally {
    api.close();
  }
  throw new Error(`the cluster of ${kubeconfig} has no Tekton Pipelines (the kind CustomRun is missing)`);
}

/** A copy of the kubeconfig for each person in which the administrator acts for them. Returns the folder. */
function makeUsers(kubeconfig: string): string {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const admin = config.getCurrentUser()?.name;
  const text = readFileSync(kubeconfig, 'utf8');
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tekton-approvals-users-'));
  forEachPerson((person) => {
    writeFileSync(path.join(folder, person), actingFor(person, load(text), admin), { mode: 0o600 });
  });
  return folder;
}

function actingFor(person: Person, file: unknown, admin: string | undefined): string {
  const users = field(file, 'users');
  for (const entry of Array.isArray(users) ? users : []) {
    const user = field(entry, 'user');
    if (field(entry, 'name') !== admin || typeof user !== 'object' || user === null) continue;
    Object.assign(user, { as: person, 'as-groups': people[person] });
  }
  return dump(file);
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
