import { copyFileSync, readdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { findPluginHost, pluginHosts, type PluginHost } from '../control-plane/plugin-hosts.ts';
import { Processes } from '../control-plane/processes.ts';
import { toStderr } from '../control-plane/progress.ts';
import { ask, people } from './asking.ts';
import { bundledTool, kubeconfigIn, Running, typedAt, written } from './command.ts';
import type { Ended } from './command.ts';
import { openGate, type Gate } from './gate.ts';
import { scratchFolder } from '../scratch.ts';

let gate: Gate;
const hosts: Partial<Record<PluginHost, string>> = {};
/** A folder of PATH, and one that is not in it. */
const inPath = scratchFolder('plugins-');
const aside = scratchFolder('plugins-');

beforeAll(async () => {
  const processes = new Processes(scratchFolder('plugin-hosts-'));
  const builder = { progress: toStderr, processes, signal: undefined };
  for (const name of pluginHosts) hosts[name] = await findPluginHost(name, builder);
  for (const name of ['kubectl-approval', 'kubectl_complete-approval']) {
    symlinkSync(bundledTool, path.join(inPath, name));
  }
  symlinkSync(bundledTool, path.join(aside, 'tkn-approval'));
  gate = await openGate();
  await gate.allow('people', [{ kind: 'User', name: 'alice' }]);
});
afterAll(async () => gate.close());

/** The variables with which alice finds the plugins in PATH. */
function surroundings(): { KUBECONFIG: string; PATH: string } {
  const PATH = [inPath, path.dirname(process.execPath), process.env['PATH'] ?? ''].join(path.delimiter);
  return { KUBECONFIG: inject('controlPlane').users.alice, PATH };
}

/** Runs kubectl or tkn as alice. */
async function host(
  name: PluginHost,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Ended> {
  return new Running(hosts[name] ?? '', args, { ...surroundings(), ...env }).ended;
}

describe('kubectl approval', () => {
  it('is a plugin that kubectl finds', async () => {
    expect((await host('kubectl', ['plugin', 'list'])).out).toContain(path.join(inPath, 'kubectl-approval'));
    expect(await host('kubectl', ['approval', 'version'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^tkn-approval /u),
    });
    expect((await host('kubectl', ['approval', 'help'])).out).toContain('Usage: kubectl approval COMMAND');
  });

  it('answers with what kubectl would show, and ends with its own code', async () => {
    const { namespace } = gate;
    const task = await ask(gate, 'by-kubectl', { params: people('alice') });
    const listed = await host('kubectl', ['approval', 'list', '-n', namespace, '-o', 'name']);
    expect(listed.out).toBe(`approvaltask.tekton.automatiko.io/${task.metadata.name}\n`);
    expect((await host('kubectl', ['get', listed.out.trim(), '-n', namespace, '-o', 'name'])).out).toBe(
      listed.out,
    );
    const approved = await host('kubectl', [
      'approval',
      'approve',
      task.metadata.name,
      '-n',
      namespace,
      '-y',
    ]);
    expect(approved).toMatchObject({
      code: 0,
      out: expect.stringContaining('your approval counts. It was approved by alice'),
    });
    expect(
      (await host('kubectl', ['approval', 'reject', task.metadata.name, '-n', namespace, '-y'])).code,
    ).toBe(3);
  });

  it('asks on the terminal that kubectl runs on, and takes y', async () => {
    const task = await ask(gate, 'typed', { params: people('alice') });
    const args = ['approval', 'approve', task.metadata.name, '-n', gate.namespace] as const;
    const ended = await typedAt('y\r', [hosts.kubectl ?? '', ...args], surroundings());
    expect(ended.code).toBe(0);
    expect(ended.out).toContain('\nApprove this request as alice? [y/N] y\n');
    expect(ended.out).toContain('your approval counts. It was approved by alice');
  });

  it('is completed by kubectl, names of requests included', async () => {
    const task = await ask(gate, 'completed', { params: people('alice') });
    expect((await host('kubectl', ['__complete', 'approval', 'appr'])).out).toContain(
      'approve\tapprove requests\n',
    );
    const names = await host('kubectl', ['__complete', 'approval', 'approve', '-n', gate.namespace, '']);
    expect(names.out).toContain(`${task.metadata.name}\tcompleted\n`);
    expect(names.out).toContain(':4');
  });
});

describe('tkn approval', () => {
  it('is found by tkn in its own folder for plugins', async () => {
    const env = { TKN_PLUGINS_DIR: aside };
    expect(await host('tkn', ['approval', 'version'], env)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^tkn-approval /u),
    });
    expect((await host('tkn', ['approval', 'help'], env)).out).toContain('Usage: tkn approval COMMAND');
    expect((await host('tkn', ['approval', 'version'])).code).not.toBe(0);
  });

  it('answers, and ends with its own code', async () => {
    const env = { TKN_PLUGINS_DIR: aside };
    const task = await ask(gate, 'by-tkn', { params: people('alice') });
    const args = ['approval', 'reject', 'by-tkn/approve', '-n', gate.namespace, '-y', '-m', 'Not today.'];
    expect(await host('tkn', args, env)).toMatchObject({
      code: 0,
      out: expect.stringContaining('It was rejected by alice'),
    });
    const { status } = await gate.task(task.metadata.name, (one) => one.status?.outcome !== undefined);
    expect(status?.responses).toMatchObject([{ comment: 'Not today.', decision: 'reject' }]);
    expect((await host('tkn', args, env)).code).toBe(3);
  });
});

describe('a kubeconfig of several files with a credential plugin', () => {
  /** As it grows on a laptop: a file that is gone, one with stale entries, and the user in a file of their own. */
  function laptop(): Record<string, string> {
    const config = kubeconfigIn(inject('controlPlane').users.alice);
    const apiVersion = 'client.authentication.k8s.io/v1';
    const token = String(config.users[0]?.user['token']);
    const credential = JSON.stringify({ apiVersion, kind: 'ExecCredential', status: { token } });
    const command = written('plugin', `#!/bin/sh\necho '${credential}'\n`, 0o700);
    const exec = { apiVersion, command: `./${path.basename(command)}`, interactiveMode: 'IfAvailable' };
    const users = written('users', { users: [{ name: 'me', user: { exec } }] });
    copyFileSync(command, path.join(path.dirname(users), path.basename(command)));
    const cluster = { name: 'near', cluster: config.clusters[0]?.cluster };
    const context = { cluster: 'near', user: 'me', namespace: gate.namespace };
    const main = { clusters: [cluster], contexts: [{ name: 'work', context }], 'current-context': 'work' };
    const stale = { users: [{ name: 'me', user: { token: 'stale' } }], 'current-context': 'gone' };
    return {
      KUBECONFIG: ['/nowhere/config', users, written('main', main), written('stale', stale)].join(':'),
    };
  }

  it('means the same to kubectl, to its plugin and to that of tkn', async () => {
    const env = { ...laptop(), TKN_PLUGINS_DIR: aside };
    const task = await ask(gate, 'laptop', { params: people('alice') });
    const pending = ['-l', 'decision=pending', '-o', 'name'];
    const { out } = await host('kubectl', ['get', 'approvaltasks', ...pending], env);
    expect(out).toContain(task.metadata.name);
    const lines = (text: string): string[] => text.split('\n').toSorted((a, b) => a.localeCompare(b, 'en'));
    const plugged = await host('kubectl', ['approval', 'list', '-o', 'name'], env);
    expect(lines(plugged.out)).toEqual(lines(out));
    const answered = await host('tkn', ['approval', 'approve', task.metadata.name, '-y'], env);
    expect(answered).toMatchObject({ code: 0, out: expect.stringContaining('It was approved by alice') });
  });
});

describe('completion', () => {
  /** What a real bash puts on offer for each of these lines, in a folder of its own, where nothing should come to be. */
  async function offered(folder: string, ...lines: string[]): Promise<string[]> {
    const script = `
      cd "$FOLDER"
      source <(tkn-approval completion bash)
      complete_line() { COMP_WORDS=(tkn-approval "$@"); COMP_CWORD=$#; _tkn_approval; echo "\${COMPREPLY[@]}"; }
      ${lines.map((line) => `complete_line ${line}`).join('\n')}`;
    const folders = [path.dirname(bsdSed()), path.dirname(bundledTool), path.dirname(process.execPath)];
    const PATH = [...folders, process.env['PATH']].join(':');
    const KUBECONFIG = inject('controlPlane').users.alice;
    const { out } = await new Running('bash', ['-c', script], { PATH, KUBECONFIG, FOLDER: folder }).ended;
    return out.split('\n');
  }

  /** A sed that takes `\t` for a t, as that of macOS does. */
  function bsdSed(): string {
    return written(
      'sed',
      `#!/bin/bash\nexec /usr/bin/env -S PATH=/usr/bin:/bin sed "\${@//\\\\t/t}"\n`,
      0o700,
    );
  }

  it('in bash has commands, flags, and the names of requests that wait', async () => {
    const task = await ask(gate, 'shell', { params: people('alice') });
    const lines = ['approv', 'approve --mess', `describe -n ${gate.namespace} shell`];
    expect(await offered(scratchFolder('shell-'), ...lines)).toEqual([
      'approve',
      '--message',
      task.metadata.name,
      '',
    ]);
  });

  it('cli-03: runs nothing that the author of a pipeline wrote, and offers the name all the same', async () => {
    const folder = scratchFolder('shell-');
    // Without the letter t, at which such a sed would cut it off by chance.
    const pipeline = '$(>one) `>more` *; >and';
    const params = [...people('alice'), { name: 'pipeline', value: pipeline }];
    const task = await ask(gate, 'evil', { params });
    expect(task.spec.pipeline).toBe(pipeline);
    const names = await offered(folder, `approve -n ${gate.namespace} evil`);
    expect(readdirSync(folder)).toEqual([]);
    expect(names).toEqual([task.metadata.name, '']);
  });
});
