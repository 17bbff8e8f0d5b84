import type { KubeConfig } from '@kubernetes/client-node';
import { KubeClient } from '../kube/client.ts';
import { loadLikeKubectl, signIn } from '../kube/kubeconfig.ts';
import { version } from '../version.ts';
import { exitCodes, Problem } from './exitcode.ts';
import type { Flags } from './flags.ts';
import type { Me } from './standing.ts';

/** A cluster that commands talk to. */
export interface Connection {
  readonly client: KubeClient;
  /** URL of its API server, for people. */
  readonly server: string;
  /** The namespace that is meant: -n, else that of the context, else `default`. */
  readonly namespace: string;
  /** Who the API server takes us for. Asked once. */
  whoAmI(): Promise<Me>;
}

/** Talks to the cluster that the flags and the kubeconfig name, and hangs up afterwards. */
export async function connected<T>(
  flags: Flags,
  work: (connection: Connection) => Promise<T>,
  timeoutMs = 15_000,
): Promise<T> {
  const load = (): KubeConfig => loadLikeKubectl({ ...flags, asGroups: flags['as-group'] });
  const config = await configured(load);
  let known: KubeConfig | undefined = config;
  // The first is the one that has signed in; another is loaded where the API server refuses it.
  const source = (): KubeConfig => {
    const loaded = known ?? load();
    known = undefined;
    return loaded;
  };
  const client = KubeClient.load(source, {
    requestTimeoutMs: timeoutMs,
    userAgent: `tkn-approval/${version}`,
  });
  let me: Promise<Me> | undefined;
  const context = config.getContextObject(config.getCurrentContext());
  try {
    return await work({
      client,
      server: config.getCurrentCluster()?.server ?? '',
      namespace: flags.namespace ?? context?.namespace ?? 'default',
      whoAmI: () => (me ??= askWho(client)),
    });
  } finally {
    await client.close();
  }
}

async function configured(load: () => KubeConfig): Promise<KubeConfig> {
  let config: KubeConfig;
  try {
    config = load();
  } catch (error) {
    throw new Problem(exitCodes.noCluster, `No cluster: ${sentenceOf(error)}`);
  }
  try {
    await signIn(config);
  } catch (error) {
    throw new Problem(exitCodes.noRights, `No rights: signing in failed: ${sentenceOf(error)}`);
  }
  return config;
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** SelfSubjectReview: whoever is known at all may ask it. */
async function askWho(client: KubeClient): Promise<Me> {
  const apiVersion = 'authentication.k8s.io/v1';
  const { object } = await client.post(`/apis/${apiVersion}/selfsubjectreviews`, {
    apiVersion,
    kind: 'SelfSubjectReview',
  });
  const { status } = object as { status?: { userInfo?: { username?: string; groups?: string[] } } };
  const { username = '', groups = [] } = status?.userInfo ?? {};
  return { user: username, groups };
}
