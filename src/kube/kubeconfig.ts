import { existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { ExecPlugin } from './execplugin.ts';
import { kubeConfigOf } from './kubeconfigentry.ts';
import type { Choice } from './kubeconfigentry.ts';
import { mergeKubeconfigs } from './kubeconfigfile.ts';
import type { KubeconfigFile } from './kubeconfigfile.ts';

const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Where the API server is and who we are: the file named, else the Pod's own ServiceAccount if there is one, else
 * KUBECONFIG or ~/.kube/config. Throws with one sentence where none of them is there.
 */
export function loadKubeConfig(file?: string): KubeConfig {
  if (file === undefined && inCluster()) return ofServiceAccount();
  const files = file === undefined ? defaultFiles(process.env) : [readNamed(file)];
  if (files.length === 0) throw new Error(nowhere('set KUBECONFIG, or run in a Pod with a ServiceAccount'));
  return kubeConfigOf(mergeKubeconfigs(files));
}

/**
 * The same for a person, with what kubectl takes on its command line: the file named, else KUBECONFIG or
 * ~/.kube/config, else a Pod's ServiceAccount.
 */
export function loadLikeKubectl(choice: Choice & { readonly kubeconfig?: string | undefined }): KubeConfig {
  const { kubeconfig } = choice;
  const files = kubeconfig === undefined ? defaultFiles(process.env) : [readNamed(kubeconfig)];
  if (files.length === 0 && inCluster()) return ofServiceAccount();
  if (files.length === 0) throw new Error(nowhere('set KUBECONFIG, or give --kubeconfig FILE'));
  return kubeConfigOf(mergeKubeconfigs(files), choice);
}

/** Runs the credential plugin of the current user, if there is one, outside of any call's deadline. */
export async function signIn(config: KubeConfig): Promise<void> {
  await ExecPlugin.signIn(config);
}

function nowhere(advice: string): string {
  return `No Kubernetes API server configured: ${advice}`;
}

function ofServiceAccount(): KubeConfig {
  const config = new KubeConfig();
  config.loadFromCluster();
  return config;
}

function inCluster(): boolean {
  return (
    process.env['KUBERNETES_SERVICE_HOST'] !== undefined &&
    existsSync(`${serviceAccount}/token`) &&
    existsSync(`${serviceAccount}/ca.crt`)
  );
}

/** KUBECONFIG may name several files, some of which are not there; without it the one in the home folder counts. */
function defaultFiles(env: NodeJS.ProcessEnv): KubeconfigFile[] {
  const named = (env['KUBECONFIG'] ?? '').split(path.delimiter).filter((file) => file !== '');
  const files =
    env['KUBECONFIG'] === undefined || env['KUBECONFIG'] === ''
      ? [path.join(env['HOME'] ?? homedir(), '.kube', 'config')]
      : [...new Set(named)];
  return files.filter((file) => existsSync(file)).map(read);
}

function readNamed(file: string): KubeconfigFile {
  if (!existsSync(file)) throw new Error(`there is no kubeconfig file ${file}`);
  return read(file);
}

function read(file: string): KubeconfigFile {
  if (statSync(file).isDirectory()) throw new Error(`the kubeconfig ${file} is a folder`);
  return { file, text: readFileSync(file, 'utf8') };
}
