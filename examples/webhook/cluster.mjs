import { readFile } from 'node:fs/promises';

const home = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The API server as a pod sees it; NODE_EXTRA_CA_CERTS names its authority. Elsewhere the two variables say where it is. */
export function clusterFrom(environment) {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment;
  return {
    url: environment.KUBERNETES_API ?? `https://${host}:${port}`,
    tokenFile: environment.TOKEN_FILE ?? `${home}/token`,
  };
}

/** The user name that the API server knows us by. The token says it, and the answer has to. */
export async function ownName({ tokenFile }) {
  const [, claims] = (await readFile(tokenFile, 'utf8')).split('.');
  return JSON.parse(Buffer.from(claims, 'base64url').toString()).sub;
}

/**
 * Writes an answer to a request. It is an object like any person's answer: the API server vouches for who wrote it, and the
 * operator judges whether it counts. The name is made of what is answered, so that an event that comes twice makes
 * one answer.
 */
export async function answer(cluster, { task, username, verdict }) {
  const { namespace, name, uid, attempt } = task;
  const decision = {
    apiVersion: 'tekton.automatiko.io/v1beta1',
    kind: 'ApprovalDecision',
    metadata: { name: `change-calendar-${uid}-${attempt}`, namespace },
    spec: {
      taskRef: { name, uid },
      attempt,
      ...verdict,
      via: 'kubernetes',
      actor: { kind: 'kubernetes', username },
    },
  };
  const path = `/apis/tekton.automatiko.io/v1beta1/namespaces/${namespace}/approvaldecisions`;
  // Read each time: the kubelet renews it.
  const token = (await readFile(cluster.tokenFile, 'utf8')).trim();
  const response = await fetch(cluster.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(decision),
    signal: AbortSignal.timeout(10_000),
  });
  const isThere = response.status === 409;
  if (!response.ok && !isThere)
    throw new Error(`the API server answered ${response.status}: ${await response.text()}`);
}
