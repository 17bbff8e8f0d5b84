import path from 'node:path';
import { parseArgs } from 'node:util';

import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { existingCluster } from './existing.ts';
import { applyInstallation, applyTestInstallation, operatorNamespace } from './installation.ts';
import { endRequested } from './interruption.ts';
import { operatorAccount } from './operator-home.ts';
import { toStderr } from './progress.ts';
import { kubeconfigForServiceAccount } from './service-account.ts';

const usage = `Usage: npm run cluster [-- OPTIONS]

Starts Kubernetes and Tekton on this machine, installs what Tekton Approvals needs, and leaves them running until
Ctrl-C. The operator itself is started by "npm start", with the kubeconfig that is printed for it.

  --kubeconfig FILE   install into this running cluster instead, and end
  --directory DIR     keep data, logs and kubeconfigs in this folder (default: a temporary one)
  --help              show this text`;

type Options = { kubeconfig?: string; directory?: string; help: boolean };

/** Throws one sentence where an option is unknown or lacks its value. */
function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      kubeconfig: { type: 'string' },
      directory: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  return values;
}

function describe(controlPlane: ControlPlane): string {
  const users = Object.entries(controlPlane.users).map(([name, file]) => `  ${name.padEnd(8)} ${file}`);
  return [
    `API server ${controlPlane.apiServer}`,
    `export KUBECONFIG=${controlPlane.kubeconfig}`,
    'People, each with groups of their own and without any rights yet:',
    ...users,
  ].join('\n');
}

async function install(controlPlane: ControlPlane, apply: typeof applyInstallation): Promise<void> {
  await apply(controlPlane.kubeconfig);
  toStderr(`installed the kinds and the operator's rights into namespace ${operatorNamespace}`);
  process.stdout.write(`${describe(controlPlane)}\n`);
}

/** An administrator's would not do: answers count only where the API server refuses the operator's forgeries. */
async function operatorLines({ kubeconfig }: ControlPlane): Promise<string> {
  const file = path.join(path.dirname(kubeconfig), 'operator');
  await kubeconfigForServiceAccount(kubeconfig, operatorAccount, file);
  return `The operator, under its own account, whose token lasts a day:\n  npm start -- --kubeconfig ${file}`;
}

async function runUntilAborted(signal: AbortSignal, directory: string | undefined): Promise<void> {
  const controlPlane = await startControlPlane({
    progress: toStderr,
    signal,
    ...(directory === undefined ? {} : { directory: path.resolve(directory) }),
  });
  try {
    await install(controlPlane, applyTestInstallation);
    process.stdout.write(`${await operatorLines(controlPlane)}\n`);
    toStderr('running; Ctrl-C ends it');
    const keepAlive = setInterval(() => {}, 60_000);
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    clearInterval(keepAlive);
  } finally {
    await controlPlane.stop();
  }
}

async function main(): Promise<void> {
  const values = readOptions();
  if (values.help) return void process.stdout.write(`${usage}\n`);
  if (values.kubeconfig !== undefined)
    return install(await existingCluster(path.resolve(values.kubeconfig)), applyInstallation);
  const signal = endRequested();
  try {
    await runUntilAborted(signal, values.directory);
  } catch (error) {
    // Ending by request is what the signal asked for, at whatever moment it came.
    if (!signal.aborted) throw error;
  }
}

try {
  await main();
} catch (error) {
  toStderr(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
