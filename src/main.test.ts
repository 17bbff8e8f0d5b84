import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
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
  for (const setting of ['WEB_PORT', 'ROLES', 'BASE_URL']) expect(stderr).toContain(setting);
  expect(stdout).toBe('');
  expect(stderr).not.toContain('    at ');
});

test.each([[['--kubecfg', 'x']], [['start']], [['--kubeconfig']]])(
  'the arguments %j end with code 2 and the usage, without a stack',
  async (args) => {
    const { code, stderr } = await run(args);
    expect(code).toBe(2);
    expect(stderr).toContain('Usage: tekton-approvals');
    expect(stderr).not.toContain('    at ');
  },
);

test('a kubeconfig that is not there is one sentence and code 1', async () => {
  const { code, stderr } = await run(['--kubeconfig', '/no/such/file']);
  expect(code).toBe(1);
  expect(stderr).toContain('/no/such/file');
  expect(stderr).not.toContain('    at ');
});
