import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { RequestOptions } from 'node:https';
import { isatty } from 'node:tty';
import type { Cluster, KubeConfig, User } from '@kubernetes/client-node';
import { isEntry, textOf, textsOf } from './kubeconfigfile.ts';
import type { Entry } from './kubeconfigfile.ts';

/** The name under which a plugin is handed through client-node, which would run it in its own way otherwise. */
const providerName = 'credential-plugin';

type Authenticator = Parameters<KubeConfig['addAuthenticator']>[0];

/** What a plugin handed out (client.authentication.k8s.io ExecCredential, status). */
interface Credential {
  readonly token?: string;
  readonly clientCertificateData?: string;
  readonly clientKeyData?: string;
  readonly expirationTimestamp?: string;
}

/** The plugin of a configuration's user. */
const plugins = new WeakMap<KubeConfig, ExecPlugin>();

/** How a plugin is run (clientcmd/api/v1 ExecConfig). */
interface Exec {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly apiVersion: string;
  readonly interactiveMode: string;
  readonly provideClusterInfo: boolean;
  readonly installHint: string | undefined;
}

/** The plugin of a kubeconfig's user; undefined where they have none. */
export function execOf(user: Entry): Exec | undefined {
  const { exec } = user;
  if (!isEntry(exec)) return undefined;
  const variables: unknown[] = Array.isArray(exec['env']) ? exec['env'] : [];
  const pairs = variables.filter(isEntry).map(({ name, value }) => [textOf(name) ?? '', textOf(value) ?? '']);
  return {
    command: textOf(exec['command']) ?? '',
    args: textsOf(exec['args']),
    env: Object.fromEntries(pairs),
    apiVersion: textOf(exec['apiVersion']) ?? 'client.authentication.k8s.io/v1',
    interactiveMode: textOf(exec['interactiveMode']) ?? 'IfAvailable',
    provideClusterInfo: exec['provideClusterInfo'] === true,
    installHint: textOf(exec['installHint']),
  };
}

/** The mark on a user by which client-node knows that the plugin answers for them. */
export const pluginProvider = { name: providerName };

/** What a plugin runs with: its own `exec`, the cluster it signs in to, and that cluster's entry in the kubeconfig. */
interface PluginOf {
  readonly exec: Exec;
  readonly cluster: Cluster;
  readonly clusterEntry: Entry;
}

/**
 * Asks a credential plugin who we are, as kubectl does (k8s.io/client-go plugin/pkg/client/auth/exec): it is told in
 * KUBERNETES_EXEC_INFO what is expected, its messages reach the terminal, and it may ask there. client-node does none
 * of that. What it hands out is kept until it expires; many who ask at the same time share one run.
 */
export class ExecPlugin implements Authenticator {
  readonly #of: PluginOf;
  #known: Credential | undefined;
  #running: Promise<Credential> | undefined;

  private constructor(of: PluginOf) {
    this.#of = of;
  }

  /** Makes the plugin answer for the user of that configuration. */
  static attach(config: KubeConfig, of: PluginOf): void {
    const plugin = new ExecPlugin(of);
    config.addAuthenticator(plugin);
    plugins.set(config, plugin);
  }

  /** Runs the plugin of that configuration's user, if there is one: a person may take a minute over it. */
  static async signIn(config: KubeConfig): Promise<void> {
    const plugin = plugins.get(config);
    if (plugin !== undefined) await plugin.#credential();
  }

  isAuthProvider(user: User): boolean {
    const provider: unknown = user.authProvider;
    return isEntry(provider) && provider['name'] === providerName;
  }

  async applyAuthentication(_user: User, options: RequestOptions): Promise<void> {
    const { token, clientCertificateData: cert, clientKeyData: key } = await this.#credential();
    if (token !== undefined) setToken(options, token);
    if (cert !== undefined) options.cert = cert;
    if (key !== undefined) options.key = key;
  }

  async #credential(): Promise<Credential> {
    if (this.#known !== undefined && !isExpired(this.#known)) return this.#known;
    this.#running ??= this.#ask().finally(() => {
      this.#running = undefined;
    });
    this.#known = await this.#running;
    return this.#known;
  }

  async #ask(): Promise<Credential> {
    const { exec } = this.#of;
    const { command, args, env } = exec;
    const interactive = isInteractive(exec);
    const child = spawn(command, args, {
      env: { ...process.env, ...env, KUBERNETES_EXEC_INFO: this.#request(interactive) },
      stdio: [interactive ? 'inherit' : 'ignore', 'pipe', 'inherit'],
    });
    return credentialIn(await outputOf(child, exec), exec);
  }

  #request(interactive: boolean): string {
    const { exec, clusterEntry } = this.#of;
    const { server, caData, tlsServerName, skipTLSVerify, proxyUrl } = this.#of.cluster;
    const cluster = {
      server,
      'tls-server-name': tlsServerName,
      'insecure-skip-tls-verify': skipTLSVerify || undefined,
      'certificate-authority-data': caData,
      'proxy-url': proxyUrl,
      config: configFor(clusterEntry),
    };
    return JSON.stringify({
      apiVersion: exec.apiVersion,
      kind: 'ExecCredential',
      spec: { interactive, ...(exec.provideClusterInfo ? { cluster } : {}) },
    });
  }
}

/** What a cluster's entry holds for plugins (its extension client.authentication.k8s.io/exec). */
function configFor(cluster: Entry): unknown {
  const extensions: unknown[] = Array.isArray(cluster['extensions']) ? cluster['extensions'] : [];
  const ours = extensions.filter(isEntry).find(({ name }) => name === 'client.authentication.k8s.io/exec');
  return ours?.['extension'];
}

function isInteractive({ command, interactiveMode }: Exec): boolean {
  if (interactiveMode === 'Always' && !isatty(0)) {
    throw new Error(`the credential plugin ${command} needs a terminal to ask you on`);
  }
  return interactiveMode !== 'Never' && isatty(0);
}

function setToken(options: RequestOptions, token: string): void {
  // client-node has put an object of its own there.
  const headers = (options.headers ??= {}) as Record<string, string>;
  headers['Authorization'] = `Bearer ${token}`;
}

function outputOf(child: ChildProcess, { command, installHint }: Exec): Promise<string> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    child.stdout?.on('data', (piece: Buffer) => void pieces.push(piece));
    child.once('error', (error: NodeJS.ErrnoException) => {
      const hint = installHint === undefined ? '' : `: ${installHint.trim()}`;
      const why = error.code === 'ENOENT' ? `is not installed${hint}` : `cannot be run: ${error.message}`;
      reject(new Error(`the credential plugin ${command} ${why}`));
    });
    child.once('close', (code, signal) => {
      const how = signal ?? `exit code ${String(code)}`;
      if (code === 0) resolve(Buffer.concat(pieces).toString('utf8'));
      else reject(new Error(`the credential plugin ${command} ended with ${how}`));
    });
  });
}

/** What the plugin printed is never shown: it may hold a token. */
function credentialIn(output: string, { command, apiVersion: expected }: Exec): Credential {
  let parsed: unknown;
  try {
    parsed = JSON.parse(output);
  } catch {
    throw new Error(`the credential plugin ${command} did not print an ExecCredential`);
  }
  const { apiVersion, status } = isEntry(parsed) ? parsed : {};
  if (apiVersion !== undefined && apiVersion !== expected) {
    throw new Error(`the credential plugin ${command} answered in another version than ${expected}`);
  }
  const credential: Credential = isEntry(status) ? status : {};
  const { token, clientCertificateData: cert, clientKeyData: key } = credential;
  if (!token && !(cert && key)) {
    throw new Error(
      `the credential plugin ${command} handed out neither a token nor a certificate and its key`,
    );
  }
  return credential;
}

function isExpired({ expirationTimestamp }: Credential): boolean {
  return expirationTimestamp !== undefined && Date.parse(expirationTimestamp) <= Date.now();
}
