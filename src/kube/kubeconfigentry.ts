import { KubeConfig } from '@kubernetes/client-node';
import type { Cluster, User } from '@kubernetes/client-node';
import { ExecPlugin, execOf, pluginProvider } from './execplugin.ts';
import { impersonationOf } from './impersonation.ts';
import type { ActingFor, Impersonation } from './impersonation.ts';
import { optional, textOf } from './kubeconfigfile.ts';
import type { Entry, Kubeconfig } from './kubeconfigfile.ts';

/** What a command line may choose instead of what the kubeconfig says. */
export interface Choice extends ActingFor {
  readonly context?: string | undefined;
  readonly cluster?: string | undefined;
  readonly user?: string | undefined;
}

/** A user with the headers by which they act for somebody else, of which client-node knows only one. */
export interface ActingUser extends User {
  readonly impersonation?: Impersonation;
}

/**
 * The one cluster and user that are meant, as client-node takes them. It reads some fields otherwise than kubectl or
 * not at all (tokenFile, as-groups, data beside a file, a context without a user, plugins): here they mean what they
 * mean to kubectl. Throws one sentence where the choice leads nowhere.
 */
export function kubeConfigOf(kubeconfig: Kubeconfig, choice: Choice = {}): KubeConfig {
  const [name, context] = contextIn(kubeconfig, choice.context);
  const [clusterName, clusterEntry] = clusterIn(kubeconfig, choice.cluster, context);
  const [userName, userEntry] = userIn(kubeconfig, choice.user ?? textOf(context['user']));
  const cluster = clusterOf(clusterName, clusterEntry);
  const namespace = optional('namespace', textOf(context['namespace']));
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [cluster],
    users: [userOf(userName, userEntry, choice)],
    contexts: [{ name, cluster: clusterName, user: userName, ...namespace }],
    currentContext: name,
  });
  const exec = execOf(userEntry);
  if (exec !== undefined) ExecPlugin.attach(config, { exec, cluster, clusterEntry });
  return config;
}

function contextIn({ contexts, currentContext }: Kubeconfig, chosen: string | undefined): [string, Entry] {
  const name = chosen ?? currentContext;
  const entry = contexts.get(name);
  if (entry === undefined && chosen !== undefined) throw unknown('context', name, contexts);
  return [name, entry ?? {}];
}

/** A context needs no user: then the API server is asked as nobody. */
function userIn({ users }: Kubeconfig, name = ''): [string, Entry] {
  const entry = users.get(name);
  if (entry === undefined && name !== '') throw unknown('user', name, users);
  return [name, entry ?? {}];
}

function clusterIn({ clusters }: Kubeconfig, chosen: string | undefined, context: Entry): [string, Entry] {
  const name = chosen ?? textOf(context['cluster']) ?? '';
  const entry = clusters.get(name);
  if (entry !== undefined) return [name, entry];
  if (chosen !== undefined) throw unknown('cluster', name, clusters);
  throw new Error(
    'The kubeconfig has no current context that names a cluster of it: set one with kubectl config use-context',
  );
}

function unknown(what: string, name: string, entries: ReadonlyMap<string, Entry>): Error {
  const sorted = [...entries.keys()].toSorted((a, b) => a.localeCompare(b, 'en'));
  const names = sorted.map((one) => JSON.stringify(one)).join(', ');
  return new Error(`The kubeconfig has no ${what} ${JSON.stringify(name)}; it has ${names || 'none'}`);
}

function clusterOf(name: string, entry: Entry): Cluster {
  const server = textOf(entry['server']);
  if (server === undefined) {
    throw new Error(`The cluster ${JSON.stringify(name)} of the kubeconfig has no server`);
  }
  return {
    name,
    server: server.replace(/\/$/, ''),
    skipTLSVerify: entry['insecure-skip-tls-verify'] === true,
    ...dataOrFile(entry, 'certificate-authority', 'ca'),
    ...optional('tlsServerName', textOf(entry['tls-server-name'])),
    ...optional('proxyUrl', textOf(entry['proxy-url'])),
  };
}

function userOf(name: string, entry: Entry, choice: Choice): ActingUser {
  const tokenFile = textOf(entry['tokenFile']);
  return {
    name,
    ...dataOrFile(entry, 'client-certificate', 'cert'),
    ...dataOrFile(entry, 'client-key', 'key'),
    // The file wins over a token beside it, the data over a file (k8s.io/client-go tools/clientcmd/api/v1/types.go).
    ...optional('token', tokenFile === undefined ? textOf(entry['token']) : undefined),
    ...optional('username', textOf(entry['username'])),
    ...optional('password', textOf(entry['password'])),
    ...optional('authProvider', providerOf(entry, tokenFile)),
    ...optional('impersonation', impersonationOf(entry, choice)),
  };
}

function providerOf(entry: Entry, tokenFile: string | undefined): unknown {
  if (tokenFile !== undefined) return { name: 'tokenFile', config: { tokenFile } };
  if (execOf(entry) !== undefined) return pluginProvider;
  return entry['auth-provider'] ?? undefined;
}

/** A certificate or key under client-node's names: `ca` becomes caData or caFile. */
function dataOrFile<N extends string>(
  entry: Entry,
  field: string,
  name: N,
): Partial<Record<`${N}Data` | `${N}File`, string>> {
  const data = textOf(entry[`${field}-data`]);
  return data === undefined
    ? optional<`${N}Data` | `${N}File`, string>(`${name}File`, textOf(entry[field]))
    : optional<`${N}Data` | `${N}File`, string>(`${name}Data`, data);
}
