import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { KubeConfig } from '@kubernetes/client-node';
import type { KubeClient } from '../../src/kube/client.ts';
import { roleBindings } from '../../test/control-plane/operator-home.ts';
import type { Cleanups } from './cleanup.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const tool = path.join(root, 'dist', 'tkn-approval');
/** Whom the sample pipeline asks: a mail address, and for the second way a user of the cluster by that name. */
const approver = 'approver@example.com';

interface Place {
  readonly client: KubeClient;
  /** An administrator's, who acts for the approver. */
  readonly kubeconfig: string;
  readonly namespace: string;
  readonly cleanups: Cleanups;
}

/** The second way to decide: with the command-line tool, as the user of the cluster whom the pipeline asks. */
export class CommandLine {
  readonly #kubeconfig: string;

  private constructor(kubeconfig: string) {
    this.#kubeconfig = kubeconfig;
  }

  /** Lets the approver answer in that namespace, and writes a kubeconfig for them that is removed at the end. */
  static async open({ client, kubeconfig, namespace, cleanups }: Place): Promise<CommandLine> {
    const apiGroup = 'rbac.authorization.k8s.io';
    await client.create(roleBindings, {
      apiVersion: `${apiGroup}/v1`,
      kind: 'RoleBinding',
      metadata: { name: 'approvers', namespace },
      roleRef: { apiGroup, kind: 'ClusterRole', name: 'tekton-approvals-approver' },
      subjects: [{ apiGroup, kind: 'User', name: approver }],
    });
    const folder = mkdtempSync(path.join(os.tmpdir(), 'tekton-approvals-demo-'));
    cleanups.add("the approver's kubeconfig", async () => rmSync(folder, { recursive: true, force: true }));
    const file = path.join(folder, 'kubeconfig');
    writeFileSync(file, actingFor(kubeconfig, namespace), { mode: 0o600 });
    return new CommandLine(file);
  }

  /** What a person types to decide in another terminal. */
  commands(request: string): string[] {
    const folders = ['dist', path.join('node_modules', '.bin')].map((folder) => path.join(root, folder));
    return [
      `export KUBECONFIG=${this.#kubeconfig} PATH=${folders.join(':')}:$PATH`,
      'tkn-approval list',
      `tkn-approval approve ${request} -m "Release notes read, tests are green."`,
    ];
  }

  /** Runs the tool as the approver and returns what it printed. Throws where it ends badly. */
  run(...args: string[]): string {
    const env = { ...process.env, KUBECONFIG: this.#kubeconfig };
    const { status, stdout, stderr } = spawnSync(process.execPath, [tool, ...args], {
      env,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`tkn-approval ended with ${String(status)}: ${stderr.trim()}`);
    return stdout;
  }
}

/** A kubeconfig by which its administrator acts for the approver, in that namespace. */
function actingFor(kubeconfig: string, namespace: string): string {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const [cluster, user] = [config.getCurrentCluster()?.name, config.getCurrentUser()?.name];
  const exported = JSON.parse(config.exportConfig()) as { users: { name: string; user: object }[] };
  const users = exported.users.map((one) => ({ ...one, user: { ...one.user, as: approver } }));
  const contexts = [{ name: 'demo', context: { cluster, user, namespace } }];
  return JSON.stringify({ ...exported, users, contexts, 'current-context': 'demo' });
}
