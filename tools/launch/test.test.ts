import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { type Checkout, makeCheckout } from './checkout.ts';

let checkout: Checkout;

beforeEach(() => {
  checkout = makeCheckout();
  for (const name of ['node', 'prettier', 'oxlint', 'tsc', 'knip']) tool(name, 'exit 0');
  const lockfile = readFileSync(path.join(checkout.root, 'package-lock.json'));
  const stamp = path.join(checkout.root, 'node_modules', '.tekton-approvals-installed');
  writeFileSync(stamp, createHash('sha256').update(lockfile).digest('hex'));
});

afterEach(() => checkout.remove());

function tool(name: string, body: string): void {
  checkout.script(`node_modules/.bin/${name}`, body);
}

type Report = { numPassedTests: number; numFailedTests: number; testResults: unknown[] };

/** A vitest that writes this report, where it is told to, and ends with this code. */
function vitest(report: Report, code: number): void {
  const full = JSON.stringify({ numPendingTests: 1, numTodoTests: 1, ...report });
  writeFileSync(path.join(checkout.root, 'report'), full);
  tool(
    'vitest',
    `for arg; do case $arg in --outputFile.json=*) /bin/cp report "\${arg#*=}";; esac; done; exit ${code}`,
  );
}

function lastLine(stdout: string): string | undefined {
  return stdout.trimEnd().split('\n').at(-1);
}

const allPassed: Report = { numPassedTests: 3, numFailedTests: 0, testResults: [] };

describe('npm test', () => {
  test("ends with the numbers of vitest's report and code 0 when all went well", () => {
    vitest(allPassed, 0);
    const { status, stdout } = checkout.launch('test.mjs');
    expect(lastLine(stdout)).toBe('3 passed, 0 failed, 2 skipped');
    expect(status).toBe(0);
  });

  test.each([
    { what: 'a failed test', report: { ...allPassed, numFailedTests: 2 }, failed: 2 },
    {
      what: 'a test file that cannot be loaded',
      report: { ...allPassed, testResults: [{ status: 'failed', assertionResults: [] }] },
      failed: 1,
    },
    { what: 'an error outside of every test', report: allPassed, failed: 1 },
  ])('$what is counted and fails the command', ({ report, failed }) => {
    vitest(report, 1);
    const { status, stdout } = checkout.launch('test.mjs');
    expect(lastLine(stdout)).toBe(`3 passed, ${failed} failed, 2 skipped`);
    expect(status).toBe(1);
  });

  test('a vitest that never reported counts as a failure', () => {
    tool('vitest', 'exit 1');
    const { status, stdout } = checkout.launch('test.mjs');
    expect(lastLine(stdout)).toBe('0 passed, 1 failed, 0 skipped');
    expect(status).toBe(1);
  });

  test.each(['prettier', 'oxlint', 'tsc', 'knip'])(
    'a failing %s fails the command, is counted, and hides no other step',
    (name) => {
      vitest(allPassed, 0);
      tool(name, 'exit 1');
      const { status, stdout } = checkout.launch('test.mjs');
      expect(stdout.match(/^FAILED /gm)).toHaveLength(1);
      expect(stdout.match(/^passed /gm)).toHaveLength(8);
      expect(lastLine(stdout)).toBe('3 passed, 1 failed, 2 skipped');
      expect(status).toBe(1);
    },
  );

  test.each([
    { args: ['--kubeconfig', 'kind.yaml', '--project', 'e2e'], rest: '--project e2e' },
    { args: ['src', '--kubeconfig=kind.yaml', '-t', 'kubeconfig'], rest: 'src -t kubeconfig' },
  ])('an existing cluster is named to the tests, not to vitest: $args', ({ args, rest }) => {
    tool('vitest', 'echo "cluster $APPROVALS_TEST_KUBECONFIG; arguments: $@"; exit 1');
    const { stdout } = checkout.launch('test.mjs', args);
    expect(stdout).toContain(`cluster ${path.join(checkout.root, 'kind.yaml')};`);
    const below = checkout.launch('test.mjs', args, '/somewhere/else');
    expect(below.stdout).toContain('cluster /somewhere/else/kind.yaml;');
    expect(stdout).toMatch(new RegExp(`arguments: run .*report\\.json ${rest}$`, 'm'));
  });

  test.each([
    { args: [], flags: '' },
    { args: ['--kubeconfig', 'kind.yaml', '--long'], flags: '' },
    { args: ['--project', 'unit'], flags: ' --narrowed' },
    { args: ['src/domain'], flags: ' --narrowed' },
  ])(
    'the contract is checked on the report, and a broken one counts as one failure: $args',
    ({ args, flags }) => {
      vitest(allPassed, 0);
      tool('node', 'case $1 in tools/contract/*) echo "checked: $@"; test ! -s "$2";; esac');
      const { status, stdout } = checkout.launch('test.mjs', args);
      expect(stdout).toMatch(
        new RegExp(`^checked: tools/contract/main\\.ts \\S+/report\\.json${flags}$`, 'm'),
      );
      expect(stdout).toMatch(/^FAILED {2}contract/m);
      expect(lastLine(stdout)).toBe('3 passed, 1 failed, 2 skipped');
      expect(status).toBe(1);
    },
  );

  test('arguments reach vitest', () => {
    tool('vitest', 'echo "vitest got: $@"; exit 1');
    const { stdout } = checkout.launch('test.mjs', ['--project', 'unit', 'src/domain']);
    expect(stdout).toMatch(/vitest got: run .*--project unit src\/domain$/m);
  });
});
