import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';

const folder = mkdtempSync(path.join(tmpdir(), 'main-'));
const main = path.join(folder, 'main.mjs');

beforeAll(async () => {
  const js =
    "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);";
  await build({
    entryPoints: [path.join(import.meta.dirname, 'main.ts')],
    outfile: main,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js },
  });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ended = z.object({ code: z.number(), stdout: z.string(), stderr: z.string() });

/** Runs the operator's command with these settings and no others. */
async function run(args: string[], env: Record<string, string> = {}): Promise<z.infer<typeof ended>> {
  try {
    const output = await promisify(execFile)(process.execPath, [main, ...args], { env, timeout: 25_000 });
    return { code: 0, ...output };
  } catch (error) {
    return ended.parse(error);
  }
}

test('--help shows every option and ends', async () => {
  const { code, stdout } = await run(['--help']);
  expect(code).toBe(0);
  for (const option of ['--kubeconfig', '--print-config', '--help']) expect(stdout).toContain(option);
});

test('mail preview shows a mail without a cluster, and its problems are lines with their code', async () => {
  const { code, stdout } = await run(['mail', 'preview', 'decided', '--html']);
  expect({ code, begins: stdout.slice(0, 15) }).toEqual({ code: 0, begins: '<!DOCTYPE html>' });
  expect(await run(['mail', 'preview', 'decided', '--templates', '/no/such/folder'])).toMatchObject({
    code: 1,
    stdout: '',
    stderr: 'there is no /no/such/folder (ENOENT)\n',
  });
  expect(await run(['mail', 'preview', 'nothing'])).toMatchObject({ code: 2, stdout: '' });
});

test('--print-config shows the settings in force, with secrets masked', async () => {
  const { code, stdout } = await run(['--print-config', '--kubeconfig', '/some/where'], {
    TEKTON_APPROVALS_MAIL_PASSWORD: 'hunter2',
    TEKTON_APPROVALS_MAIL_USERNAME: 'mailer',
    TEKTON_APPROVALS_MAIL_HOST: 'mail.example.com',
    TEKTON_APPROVALS_MAIL_FROM: 'approvals@example.com',
  });
  expect(code).toBe(0);
  expect(stdout).toContain('kubeconfig: /some/where');
  expect(stdout).toContain('host: mail.example.com');
  expect(stdout).not.toContain('hunter2');
});

test('wrong settings end with code 2, all of them named and nothing started', async () => {
  const { code, stdout, stderr } = await run([], {
    TEKTON_APPROVALS_WEB_PORT: 'eighty',
    TEKTON_APPROVALS_ROLES: 'captain',
    TEKTON_APPROVALS_BASE_URL: 'ftp://x',
  });
  expect(code).toBe(2);
  expect(stderr.trimEnd().split('\n')).toHaveLength(3);
  for (const setting of ['WEB_PORT', 'ROLES', 'BASE_URL']) expect(stderr).toContain(setting);
  expect(stdout).toBe('');
  expect(stderr).not.toContain('    at ');
});

test.each([
  { args: ['--kubecfg', 'x'], problem: "Unknown option '--kubecfg'" },
  { args: ['start'], problem: "Unexpected argument 'start'" },
  { args: ['--kubeconfig'], problem: "Option '--kubeconfig <value>' argument missing" },
  { args: ['--kubeconfig', '--help'], problem: "Option '--kubeconfig' argument is ambiguous" },
])('the arguments $args end with code 2 and one line that leads to the usage', async ({ args, problem }) => {
  const { code, stdout, stderr } = await run(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toBe(`${problem}. tekton-approvals --help shows what there is.\n`);
});

test.each([
  { what: 'an argument', args: ['--kubeconfig', '/no/such/file'], env: {} },
  { what: 'a setting', args: [], env: { TEKTON_APPROVALS_KUBECONFIG: '/no/such/file' } },
])('a kubeconfig that is not there, named by $what, is one sentence and code 2', async ({ args, env }) => {
  const { code, stderr } = await run(args, env);
  expect({ code, stderr }).toEqual({ code: 2, stderr: 'there is no kubeconfig file /no/such/file\n' });
});

test('a file that a setting names and that is not there is one line with that setting, and code 2', async () => {
  const kubeconfig = path.join(folder, 'kubeconfig');
  const nowhere = { clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }], users: [] };
  const contexts = [{ name: 'c', context: { cluster: 'c' } }];
  writeFileSync(kubeconfig, JSON.stringify({ ...nowhere, contexts, 'current-context': 'c' }));
  const { code, stderr } = await run(['--kubeconfig', kubeconfig], {
    TEKTON_APPROVALS_MAIL_HOST: 'mail.example.com',
    TEKTON_APPROVALS_MAIL_FROM: 'a@example.com',
    TEKTON_APPROVALS_MAIL_CA_FILE: '/no/such/file',
  });
  const problem = 'mail.caFile (TEKTON_APPROVALS_MAIL_CA_FILE): there is no /no/such/file (ENOENT)\n';
  expect({ code, stderr }).toEqual({ code: 2, stderr: problem });
});

test('an empty --kubeconfig is refused: it must not lead to another cluster', async () => {
  expect(await run(['--kubeconfig', ''])).toMatchObject({
    code: 2,
    stderr: '--kubeconfig needs the path of a file\n',
  });
});
