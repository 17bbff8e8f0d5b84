import { readFileSync, writeFileSync } from 'node:fs';

import { KubeConfig } from '@kubernetes/client-node';
import { dump } from 'js-yaml';

/** Where a cluster is and how to know it. `caData` is base64 of PEM. */
export type ClusterAddress = { server: string; caData?: string | undefined; skipTlsVerify?: boolean };

/** How to be somebody: by a token, or by an administrator's credentials acting for somebody. */
export type Credentials = { token: string };

/** Writes a kubeconfig with one cluster, one user and one context; readable by its owner alone. */
export function writeKubeconfig(
  file: string,
  cluster: ClusterAddress,
  user: Credentials & { name: string; namespace?: string },
): void {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'tekton-approvals',
    clusters: [
      {
        name: 'tekton-approvals',
        cluster: {
          server: cluster.server,
          ...(cluster.caData === undefined ? {} : { 'certificate-authority-data': cluster.caData }),
          ...(cluster.skipTlsVerify === true ? { 'insecure-skip-tls-verify': true } : {}),
        },
      },
    ],
    users: [{ name: user.name, user: { token: user.token } }],
    contexts: [
      {
        name: 'tekton-approvals',
        context: {
          cluster: 'tekton-approvals',
          user: user.name,
          ...(user.namespace === undefined ? {} : { namespace: user.namespace }),
        },
      },
    ],
  };
  writeFileSync(file, dump(config), { mode: 0o600 });
}

/** The address of the cluster in the current context of a kubeconfig file. */
export function clusterOf(kubeconfig: string): ClusterAddress {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error(`${kubeconfig} names no cluster in its current context`);
  const caData = cluster.caData ?? (cluster.caFile === undefined ? undefined : base64Of(cluster.caFile));
  return { server: cluster.server, caData, skipTlsVerify: cluster.skipTLSVerify };
}

function base64Of(file: string): string {
  return readFileSync(file).toString('base64');
}
