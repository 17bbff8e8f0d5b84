import { Api } from './api.ts';
import { clusterOf, writeKubeconfig } from './kubeconfig.ts';

/** A ServiceAccount and for how long its token is to be valid. */
export type AccountRequest = { namespace: string; name: string; expirationSeconds?: number };

/** A day: far longer than a test run or an evening with the demo. */
const aDay = 24 * 3600;

/** A token of a ServiceAccount by the TokenRequest API, as the kubelet would mount it, but valid for longer. */
export async function tokenFor(api: Api, account: AccountRequest): Promise<string> {
  const { namespace, name, expirationSeconds = aDay } = account;
  const answer = await api.request<{ status: { token: string } }>(
    'POST',
    `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    { body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds } } },
  );
  return answer.status.token;
}

/**
 * Writes a kubeconfig whose user is a ServiceAccount, for processes that must run with that account's rights and
 * no more. `kubeconfig` is an administrator's; the new file is returned.
 */
export async function kubeconfigForServiceAccount(
  kubeconfig: string,
  account: AccountRequest,
  file: string,
): Promise<string> {
  const api = new Api(kubeconfig);
  try {
    const token = await tokenFor(api, account);
    writeKubeconfig(file, clusterOf(kubeconfig), { name: account.name, namespace: account.namespace, token });
    return file;
  } finally {
    api.close();
  }
}
