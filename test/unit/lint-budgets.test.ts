import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { root } from './repository.ts';

/**
 * The repository's own checks, run over a copy of its configuration with mistakes planted in it: a check that cannot
 * fail protects nothing.
 */
const copy = mkdtempSync(path.join(tmpdir(), 'planted-'));
const bin = path.join(root, 'node_modules', '.bin');

async function run(command: string, args: string[]): Promise<{ code: number; stdout: string }> {
  try {
    const { stdout } = await promisify(execFile)(path.join(bin, command), args, { cwd: copy });
    return { code: 0, stdout };
  } catch (error) {
    const failed = z.object({ code: z.number(), stdout: z.string() });
    return failed.parse(error);
  }
}

afterAll(() => rmSync(copy, { recursive: true, force: true }));

const lines = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => `${line(index)}\n`).join('');
const head = 'export function planted(a: number): number {\n';
const budgets = {
  'max-lines': (size: number) => lines(size, (index) => `export const n${index} = ${index};`),
  'max-lines-per-function': (size: number) =>
    `${head}  let n = a;\n${lines(size - 4, () => '  n += a;')}  return n;\n}\n`,
  'max-params': (size: number) => {
    const names = Array.from({ length: size }, (_, index) => `p${index}`);
    const typed = names.map((name) => `${name}: number`).join(', ');
    return `export const planted = (${typed}): number => ${names.join(' + ')};\n`;
  },
  complexity: (size: number) =>
    `${head}${lines(size - 1, (index) => `  if (a === ${index}) return ${index + 1};`)}  return a;\n}\n`,
  'max-depth': (size: number) =>
    `${head}  let n = a;\n${'if (n > 0) {\n'.repeat(size)}n += 1;\n${'}\n'.repeat(size)}  return n;\n}\n`,
} as const;
type Budget = keyof typeof budgets;
const allowed: Record<Budget, number> = {
  'max-lines': 300,
  'max-lines-per-function': 50,
  'max-params': 3,
  complexity: 10,
  'max-depth': 3,
};

/** In each layer, imports that must not be there. */
const forbidden: Record<string, string[]> = {
  domain: ['../api/names.ts', '../../src/api/names.ts', 'zod', 'node:fs', '../config.ts'],
  api: ['../kube/client.ts', 'undici', 'node:crypto', '../config.ts'],
  queue: ['../kube/client.ts', 'undici', 'node:fs'],
  kube: ['../domain/decide.ts', '../api/names.ts', '../config.ts'],
  egress: ['../domain/decide.ts', '../api/names.ts', '../kube/client.ts', '../config.ts'],
  identity: [
    '../kube/client.ts',
    '../notify/outbox.ts',
    '../controllers/crew.ts',
    '../config.ts',
    'node:tls',
  ],
  notify: [
    '../kube/client.ts',
    '../identity/links.ts',
    '../web/server.ts',
    '../config.ts',
    'undici',
    'node:https',
    'http',
    'node:net',
    'node:dns/promises',
  ],
  controllers: [
    'undici',
    '../web/server.ts',
    '../cli/main.ts',
    '../config.ts',
    '../main.ts',
    '../operator/operator.ts',
    '../config/value.ts',
  ],
  web: ['../controllers/crew.ts', '../cli/main.ts', '../config.ts'],
  cli: ['../controllers/crew.ts', '../web/server.ts', '../config.ts'],
};
/** In each layer, one import that is fine. */
const fine: Record<string, string> = {
  domain: './approval.ts',
  api: '../domain/approval.ts',
  kube: 'undici',
  egress: 'node:dns',
  identity: '../egress/client.ts',
  notify: '../egress/client.ts',
  controllers: '../kube/client.ts',
  web: '../identity/links.ts',
  cli: '../kube/client.ts',
};
const planted = Object.entries(forbidden).flatMap(([layer, imports]) =>
  imports.map((target, index) => ({ layer, target, file: `src/${layer}/planted${index}.ts` })),
);

const report = z.object({
  diagnostics: z.array(z.object({ code: z.string(), filename: z.string() })),
});
/** The rules that each planted file breaks. */
const found = new Map<string, Set<string>>();
const rulesIn = (file: string): string[] => [...(found.get(file) ?? [])];

function plant(file: string, text: string): void {
  mkdirSync(path.dirname(path.join(copy, file)), { recursive: true });
  writeFileSync(path.join(copy, file), text);
}

const importing = (target: string): string => `export * as planted from '${target}';\n`;

beforeAll(async () => {
  for (const file of ['.oxlintrc.json', 'tsconfig.json', 'package.json']) {
    cpSync(path.join(root, file), path.join(copy, file));
  }
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
  for (const [rule, write] of Object.entries(budgets)) {
    const most = allowed[rule as Budget];
    plant(`src/budget/${rule}-kept.ts`, write(most));
    plant(`src/budget/${rule}-broken.ts`, write(most + 1));
  }
  for (const { file, target } of planted) plant(file, importing(target));
  for (const [layer, target] of Object.entries(fine)) plant(`src/${layer}/fine.ts`, importing(target));
  plant('src/domain/time.ts', 'export const now = (): number => Date.now();\n');
  plant(
    'src/notify/fetching.ts',
    "export const planted = (): Promise<Response> => fetch('https://a.example');\n",
  );
  plant('src/budget/any.ts', 'export const planted = (value: any): unknown => value;\n');
  plant('src/budget/floating.ts', `${head}  void a;\n  Promise.resolve(a);\n  return a;\n}\n`);
  const { stdout } = await run('oxlint', ['--deny-warnings', '--format', 'json', 'src']);
  for (const { filename, code } of report.parse(JSON.parse(stdout)).diagnostics) {
    found.set(filename, (found.get(filename) ?? new Set()).add(code));
  }
});

describe('lint', () => {
  test.each(Object.keys(budgets))('%s: the budget may be used up, but not broken', (rule) => {
    expect(rulesIn(`src/budget/${rule}-kept.ts`)).toEqual([]);
    expect(rulesIn(`src/budget/${rule}-broken.ts`)).toEqual([`eslint(${rule})`]);
  });

  test.each(planted)('src/$layer must not import $target', ({ file }) => {
    expect(rulesIn(file)).toContain('eslint(no-restricted-imports)');
  });

  test.each(Object.entries(fine))('src/%s may import %s', (layer) => {
    expect(rulesIn(`src/${layer}/fine.ts`)).toEqual([]);
  });

  test('every layer that the configuration restricts has mistakes planted', () => {
    const overrides = z.object({
      overrides: z.array(z.object({ files: z.array(z.string()), rules: z.record(z.string(), z.unknown()) })),
    });
    const config = overrides.parse(JSON.parse(readFileSync(path.join(root, '.oxlintrc.json'), 'utf8')));
    const restricted = config.overrides
      .filter(({ rules }) => Array.isArray(rules['no-restricted-imports']))
      .map(({ files }) => files[0]?.split('/')[1]);
    expect(new Set(restricted)).toEqual(new Set(Object.keys(forbidden)));
  });

  test('the domain must not read the clock', () => {
    expect(rulesIn('src/domain/time.ts')).toEqual(['eslint(no-restricted-globals)']);
  });

  test('nobody but the egress makes requests', () => {
    expect(rulesIn('src/notify/fetching.ts')).toEqual(['eslint(no-restricted-globals)']);
  });

  test('any and floating promises are refused', () => {
    expect(rulesIn('src/budget/any.ts')).toContain('typescript(no-explicit-any)');
    expect(rulesIn('src/budget/floating.ts')).toContain('typescript(no-floating-promises)');
  });
});

describe('the check of generated files', () => {
  const file = 'crds/tekton.automatiko.io_approvaltasks.yaml';
  const check = () => run('node', [path.join(root, 'tools/generate/main.ts'), '--check', '--root', copy]);

  beforeAll(() => {
    for (const name of ['crds', 'k8s', 'docs', 'README.md'])
      cpSync(path.join(root, name), path.join(copy, name), { recursive: true });
  });

  test('passes where everything is as its source says', async () => {
    expect(await check()).toEqual({ code: 0, stdout: '' });
  });

  test('fails and names a file that was edited', async () => {
    plant(file, `${readFileSync(path.join(root, file), 'utf8')}# edited\n`);
    expect(await check()).toMatchObject({
      code: 1,
      stdout: expect.stringContaining(`differs from its source: ${file}`),
    });
  });

  test('fails and names a file that is missing', async () => {
    rmSync(path.join(copy, file));
    expect(await check()).toMatchObject({ code: 1, stdout: expect.stringContaining(file) });
  });
});
