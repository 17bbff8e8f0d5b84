import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { operatorNamespace } from '../../test/control-plane/installation.ts';
import { freePorts } from '../../test/control-plane/ports.ts';
import { Processes, lastLines } from '../../test/control-plane/processes.ts';
import { kubeconfigForServiceAccount } from '../../test/control-plane/service-account.ts';
import { waitFor } from '../../test/control-plane/waiting.ts';

const bundle = fileURLToPath(new URL('../../dist/main.mjs', import.meta.url));

/** The bundled operator as a process of its own. */
export interface OperatorProcess {
  readonly baseUrl: string;
  stop(): Promise<void>;
}

export interface OperatorOptions {
  /** An administrator's, from which a token of the operator's own ServiceAccount is asked for. */
  readonly kubeconfig: string;
  readonly mailPort: number;
  /** The one namespace that it serves: a cluster that was given may have others that wait for their own operator. */
  readonly namespace: string;
  /** Settings besides, such as those of channels. */
  readonly more: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Starts the bundle as in a Pod: under a token of the shipped ServiceAccount, with the shipped rights and no more. */
export async function startOperator(options: OperatorOptions): Promise<OperatorProcess> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'tekton-approvals-operator-'));
  const processes = new Processes(directory);
  const stop = async (): Promise<void> => {
    await processes.stop();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const account = { namespace: operatorNamespace, name: operatorNamespace };
    const kubeconfig = await kubeconfigForServiceAccount(
      options.kubeconfig,
      account,
      path.join(directory, 'kubeconfig'),
    );
    const [web = 0, probes = 0] = await freePorts(2);
    const baseUrl = `http://localhost:${String(web)}`;
    const running = await processes.start({
      name: 'operator',
      command: process.execPath,
      args: [bundle],
      env: {
        ...settings({
          baseUrl,
          kubeconfig,
          web,
          probes,
          mail: options.mailPort,
          namespace: options.namespace,
        }),
        ...options.more,
      },
    });
    const ending = await waitFor(async () => running.ending() ?? (await isReady(probes)), {
      what: 'the operator to become ready',
      signal: options.signal,
    });
    if (ending !== true) throw new Error(`the operator ended with ${ending}:\n${lastLines(running.logFile)}`);
    return { baseUrl, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function isReady(port: number): Promise<boolean> {
  return (await fetch(`http://127.0.0.1:${String(port)}/readyz`)).status === 200;
}

interface Places {
  readonly baseUrl: string;
  readonly kubeconfig: string;
  readonly web: number;
  readonly probes: number;
  readonly mail: number;
  readonly namespace: string;
}

function settings({ baseUrl, kubeconfig, web, probes, mail, namespace }: Places): Record<string, string> {
  return {
    TEKTON_APPROVALS_BASE_URL: baseUrl,
    TEKTON_APPROVALS_KUBECONFIG: kubeconfig,
    TEKTON_APPROVALS_NAMESPACES: namespace,
    TEKTON_APPROVALS_WEB_HOST: '127.0.0.1',
    TEKTON_APPROVALS_WEB_PORT: String(web),
    TEKTON_APPROVALS_PROBES_HOST: '127.0.0.1',
    TEKTON_APPROVALS_PROBES_PORT: String(probes),
    TEKTON_APPROVALS_METRICS_HOST: '127.0.0.1',
    TEKTON_APPROVALS_METRICS_PORT: '0',
    TEKTON_APPROVALS_MAIL_HOST: '127.0.0.1',
    TEKTON_APPROVALS_MAIL_PORT: String(mail),
    TEKTON_APPROVALS_MAIL_TLS: 'off',
    TEKTON_APPROVALS_MAIL_FROM: 'approvals@example.com',
  };
}
