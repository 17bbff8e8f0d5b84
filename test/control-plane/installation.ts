import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { guardPolicies } from '../../src/api/policy/guards.ts';
import { runGuard } from '../../src/api/policy/runs.ts';
import { shippedValues, type InstallValues } from '../../src/api/policy/values.ts';
import { Api, type KubeObject } from './api.ts';
import { applyObjects, readObject, readObjects } from './apply.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The namespace into which the operator is installed. */
export const operatorNamespace = 'tekton-approvals';

/**
 * Installs what the operator needs as its users do: everything of crds/ and k8s/ (no sub-folders), the
 * Deployments left out, because tests and demo run the operator as a process. May be repeated at any time.
 * `values` are install values that differ from those of the files; what an installation has that is there already stays.
 */
export async function applyInstallation(
  kubeconfig: string,
  values: Partial<InstallValues> = {},
): Promise<void> {
  const namespace: KubeObject = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: operatorNamespace },
  };
  const shipped = [...objectsOf('crds'), ...objectsOf('k8s')].filter(({ kind }) => kind !== 'Deployment');
  // Namespaces come first, however the files are named; applying ours once more would take its labels away.
  const namespaces = shipped.filter(isNamespace);
  const others = shipped.filter((object) => !isNamespace(object));
  const isNamed = namespaces.some(({ metadata }) => metadata.name === operatorNamespace);
  const api = new Api(kubeconfig);
  try {
    const installed = { ...shippedValues, ...(await storedValues(api)), ...values };
    await applyObjects(api, isNamed ? namespaces : [namespace, ...namespaces]);
    await applyObjects(api, withValues(others, installed));
  } finally {
    api.close();
  }
}

/**
 * The same for tests, which play drift and squatting as the kubeconfig's own user: the guards do not stop that one.
 * The people of people.ts they do.
 */
export async function applyTestInstallation(kubeconfig: string): Promise<void> {
  await applyInstallation(kubeconfig, { breakGlass: [await userOf(kubeconfig)] });
}

/** The user name that the API server gives to whoever sends requests with this kubeconfig. */
export async function userOf(kubeconfig: string): Promise<string> {
  const api = new Api(kubeconfig);
  try {
    const review = await api.request<{ status: { userInfo: { username: string } } }>(
      'POST',
      '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      { body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' } },
    );
    return review.status.userInfo.username;
  } finally {
    api.close();
  }
}

type Stored = { spec: { variables?: { name: string; expression: string }[] } };

/** The install values of the guard that has them all, as it is in force. */
async function storedValues(api: Api): Promise<Partial<InstallValues>> {
  const base = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
  const found = await readObject<Stored>(api, `${base}/${runGuard.name}`);
  const values = (found?.spec.variables ?? []).flatMap(({ name, expression }) => {
    if (!runGuard.values.some((value) => value === name)) return [];
    const names: string[] = JSON.parse(expression);
    return [[name, name === 'operator' ? (names[0] ?? '') : names] as const];
  });
  return Object.fromEntries(values);
}

/** The objects, with the guards among them rendered with these values instead. */
function withValues(objects: readonly KubeObject[], values: InstallValues): KubeObject[] {
  const identityOf = ({ kind, metadata }: KubeObject): string => `${kind}/${metadata.name}`;
  // What the generator writes to the files.
  const rendered = guardPolicies(values) as KubeObject[];
  const guards = new Map(rendered.map((object) => [identityOf(object), object]));
  return objects.map((object) => guards.get(identityOf(object)) ?? object);
}

function isNamespace({ kind }: KubeObject): boolean {
  return kind === 'Namespace';
}

function objectsOf(name: string): KubeObject[] {
  const folder = path.join(root, name);
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
  return files.toSorted().flatMap((file) => readObjects(path.join(folder, file)));
}
