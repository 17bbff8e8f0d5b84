import type { Api } from './api.ts';
import { applyObject, readObject } from './apply.ts';
import { waitFor } from './waiting.ts';

/**
 * Makes a namespace in which pipelines can run at once: Tekton fails a TaskRun for good where the namespace's
 * ServiceAccount `default`, which Kubernetes adds a moment later, is not there yet.
 */
export async function createNamespace(
  api: Api,
  name: string,
  labels: Record<string, string> = {},
): Promise<void> {
  await applyObject(api, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
  const account = `/api/v1/namespaces/${name}/serviceaccounts/default`;
  await waitFor(() => readObject(api, account), { what: `the ServiceAccount default of ${name}` });
}
