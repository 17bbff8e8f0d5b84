import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { thing, things } from '../../test/faults/following.ts';
import { ScriptedApiServer, json } from '../../test/faults/scripted-api-server.ts';
import { KubeClient } from './client.ts';
import { loadLikeKubectl, signIn } from './kubeconfig.ts';

let folder: string;
let api: ScriptedApiServer;
const clients: KubeClient[] = [];
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'exec-'));
  api = await ScriptedApiServer.start();
  api.fallback.call = json(thing('a', 1));
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await api.close();
  rmSync(folder, { recursive: true });
});

const file = (name: string): string => path.join(folder, name);

/** Writes a kubeconfig whose user is this, for the scripted API server. */
function kubeconfigOf(user: object, name = 'kubeconfig'): string {
  const config: { users: object[] } = JSON.parse(api.kubeConfig().exportConfig());
  writeFileSync(
    file(name),
    JSON.stringify({ ...config, users: config.users.map((one) => ({ ...one, user })) }),
  );
  return file(name);
}

/** A plugin that runs these shell commands. */
function plugin(commands: string): string {
  writeFileSync(file('plugin.sh'), `#!/bin/sh\n${commands}\n`);
  chmodSync(file('plugin.sh'), 0o700);
  return './plugin.sh';
}

const exec = (prints: string, more: object = {}): object => ({
  exec: { apiVersion: 'client.authentication.k8s.io/v1', command: plugin(prints), ...more },
});
const credential = `printf '{"apiVersion":"client.authentication.k8s.io/v1","status":{"token":"%s"}}' "\${TOKEN:-plain}"`;

async function ask(kubeconfig: string, allowHttp2 = true): Promise<void> {
  const client = KubeClient.load(() => loadLikeKubectl({ kubeconfig }), { allowHttp2 });
  clients.push(client);
  await client.get(things, 'ns/a');
}

describe('a credential plugin', () => {
  it('signs in with its arguments and its environment, and is found beside the kubeconfig', async () => {
    const env = [{ name: 'TOKEN', value: 'of-the-environment' }];
    await ask(
      kubeconfigOf(exec(`test "$*" = "get token" && ${credential}`, { args: ['get', 'token'], env })),
    );
    expect(api.requests.at(-1)?.headers['authorization']).toBe('Bearer of-the-environment');
  });

  it('is told what is expected of it, and the cluster only where it asks for it', async () => {
    const noting = `echo "$KUBERNETES_EXEC_INFO" > ${file('told')}; ${credential}`;
    await ask(kubeconfigOf(exec(noting)));
    expect(JSON.parse(readFileSync(file('told'), 'utf8'))).toEqual({
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      spec: { interactive: false },
    });
    await ask(kubeconfigOf(exec(noting, { provideClusterInfo: true })));
    expect(JSON.parse(readFileSync(file('told'), 'utf8'))).toMatchObject({
      spec: { cluster: { server: expect.stringContaining('https://') } },
    });
  });

  it('runs once for signing in and the calls after it', async () => {
    const kubeconfig = kubeconfigOf(exec(`echo run >> ${file('runs')}; ${credential}`));
    const config = loadLikeKubectl({ kubeconfig });
    await Promise.all([signIn(config), signIn(config)]);
    const client = KubeClient.load(() => config);
    clients.push(client);
    await client.get(things, 'ns/a');
    expect(readFileSync(file('runs'), 'utf8')).toBe('run\n');
  });

  it.each([
    ['ends badly', 'exit 3', {}, 'ended with exit code 3'],
    ['prints something else', 'echo secret-token', {}, 'did not print an ExecCredential'],
    ['hands out nothing', `echo '{"status":{}}'`, {}, 'handed out neither a token nor a certificate'],
    ['speaks another version', `echo '{"apiVersion":"v9","status":{"token":"t"}}'`, {}, 'another version'],
    ['must ask and has no terminal', credential, { interactiveMode: 'Always' }, 'needs a terminal'],
    [
      'is missing',
      credential,
      { command: 'no-such-plugin', installHint: 'get it from us' },
      'is not installed: get it from us',
    ],
  ])('that %s is named in one sentence without what it printed', async (...[, prints, more, says]) => {
    const config = loadLikeKubectl({ kubeconfig: kubeconfigOf(exec(prints, more)) });
    await expect(signIn(config)).rejects.toThrow(says);
    await expect(signIn(config)).rejects.not.toThrow('secret-token');
  });
});

describe('who a kubeconfig says we are', () => {
  it('is read from its token file', async () => {
    writeFileSync(file('token'), 'from-a-file\n');
    await ask(kubeconfigOf({ tokenFile: 'token' }));
    expect(api.requests.at(-1)?.headers['authorization']).toBe('Bearer from-a-file');
  });

  it('is another user with one group, over HTTP/2', async () => {
    await ask(kubeconfigOf({ token: 't', as: 'bob', 'as-groups': ['a'] }));
    expect(api.requests.at(-1)?.headers).toMatchObject({
      'impersonate-user': 'bob',
      'impersonate-group': 'a',
    });
  });

  it('is another user with several groups, each in a header of its own, which HTTP/2 is not asked to carry', async () => {
    await ask(kubeconfigOf({ token: 't', as: 'bob', 'as-groups': ['a', 'b'] }));
    expect(api.protocols).toEqual(['1.1']);
    expect(api.requests.at(-1)?.headers['impersonate-group']).toBe('a, b');
  });
});
