import { existsSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node';

const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Where the API server is and who we are: the file named, else the Pod's own ServiceAccount if there is one, else
 * KUBECONFIG or ~/.kube/config. Throws with one sentence where none of them is there.
 */
export function loadKubeConfig(path?: string): KubeConfig {
  const config = new KubeConfig();
  if (path !== undefined) config.loadFromFile(path);
  else if (inCluster()) config.loadFromCluster();
  else loadDefault(config);
  if (config.getCurrentCluster() === null) {
    throw new Error(
      'The kubeconfig has no current context that names a cluster of it: set one with kubectl config use-context',
    );
  }
  return config;
}

function inCluster(): boolean {
  return (
    process.env['KUBERNETES_SERVICE_HOST'] !== undefined &&
    existsSync(`${serviceAccount}/token`) &&
    existsSync(`${serviceAccount}/ca.crt`)
  );
}

function loadDefault(config: KubeConfig): void {
  config.loadFromDefault();
  // The library's own last resort is plain http on port 8080, which no cluster has served for years.
  if (config.getCurrentCluster()?.server === 'http://localhost:8080') {
    throw new Error(
      'No Kubernetes API server configured: set KUBECONFIG, or run in a Pod with a ServiceAccount',
    );
  }
}
