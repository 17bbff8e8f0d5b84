import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { Api, type KubeObject } from './api.ts';
import { applyObjects, readObjects } from './apply.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The namespace into which the operator is installed. */
export const operatorNamespace = 'tekton-approvals';

/**
 * Installs what the operator needs as its users do: everything of crds/ and k8s/ (no sub-folders), the
 * Deployments left out, because tests and demo run the operator as a process. May be repeated at any time.
 */
export async function applyInstallation(kubeconfig: string): Promise<void> {
  const namespace: KubeObject = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: operatorNamespace },
  };
  const objects = [...objectsOf('crds'), ...objectsOf('k8s')].filter(({ kind }) => kind !== 'Deployment');
  // Namespaces come first, however the files are named; applying ours once more would take its labels away.
  const [namespaces, others] = [
    objects.filter(isNamespace),
    objects.filter((object) => !isNamespace(object)),
  ];
  const isNamed = namespaces.some(({ metadata }) => metadata.name === operatorNamespace);
  const api = new Api(kubeconfig);
  try {
    await applyObjects(api, isNamed ? namespaces : [namespace, ...namespaces]);
    await applyObjects(api, others);
  } finally {
    api.close();
  }
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
