import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { launch } from './install.mjs';
import { callersFolder, node24, run, tool } from './run.mjs';

/** Everything that is checked before the tests; all of it runs even when one fails. */
const checks = [
  { name: 'format', command: tool('prettier'), args: ['--check', '.'] },
  {
    name: 'lint',
    command: tool('oxlint'),
    args: ['--type-aware', '--deny-warnings', '--report-unused-disable-directives'],
  },
  { name: 'types', command: tool('tsc'), args: ['--noEmit'] },
  { name: 'generated files', command: node24, args: ['tools/generate/main.ts', '--check'] },
  { name: 'unused code', command: tool('knip'), args: [] },
  { name: 'bundle', command: node24, args: ['tools/launch/build.mjs'] },
  { name: 'command-line tool', command: node24, args: ['tools/launch/build-cli.mjs'] },
];

const options = { kubeconfig: { type: 'string' }, long: { type: 'boolean' } };

const interrupted = { by: undefined };
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => (interrupted.by = signal));

async function runStep({ name, command, args, env }) {
  console.log(`\n== ${name}`);
  const start = Date.now();
  const code = await run(command, args, { env });
  return { name, passed: code === 0, seconds: Math.round((Date.now() - start) / 1000) };
}

/** True for a test file that failed although none of its tests did: it could not be loaded or set up. */
function failedAsWhole({ status, assertionResults }) {
  return status === 'failed' && !assertionResults.some((result) => result.status === 'failed');
}

/** The numbers of vitest's own report; a file that failed as a whole counts as one failed test. */
function readReport(file) {
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0 };
  const report = JSON.parse(readFileSync(file, 'utf8'));
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.testResults.filter(failedAsWhole).length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/**
 * Takes what is ours out of the arguments for vitest: --kubeconfig, whose file is relative to where npm was called, and
 * --long, which asks for the long tier.
 */
function splitArguments(given) {
  const { tokens } = parseArgs({ args: given, options, strict: false, tokens: true });
  const args = [...given];
  const env = {};
  const ours = tokens.filter(({ kind, name }) => kind === 'option' && name in options);
  for (const { name, value, index, inlineValue } of ours.toReversed()) {
    const isFile = name === 'kubeconfig';
    if (isFile && value === undefined) throw new Error('--kubeconfig needs the path of a file.');
    args.splice(index, isFile && !inlineValue ? 2 : 1);
    if (isFile) env.APPROVALS_TEST_KUBECONFIG = path.resolve(callersFolder, value);
    else env.APPROVALS_TEST_TIER = 'long';
  }
  return { args, env };
}

async function runTests(given) {
  const { args, env } = splitArguments(given);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tekton-approvals-report-'));
  const file = path.join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const step = await runStep({
    name: 'tests',
    command: tool('vitest'),
    args: ['run', ...reporters, ...args],
    env,
  });
  const numbers = readReport(file);
  const contract = await checkContract(file, args.length > 0);
  rmSync(folder, { recursive: true, force: true });
  // Errors outside of every test fail the run as well.
  return { step, contract, numbers: step.passed || numbers.failed > 0 ? numbers : { ...numbers, failed: 1 } };
}

/** Whether the tests that the contract names were among those that passed; nothing where there is no report to look into. */
async function checkContract(report, narrowed) {
  if (interrupted.by !== undefined || !existsSync(report)) return [];
  const args = ['tools/contract/main.ts', report, ...(narrowed ? ['--narrowed'] : [])];
  return [await runStep({ name: 'contract', command: node24, args })];
}

function printSummary(steps, { passed, failed, skipped }) {
  console.log('\n== summary');
  for (const { name, passed: isPassed, seconds } of steps) {
    console.log(`${isPassed ? 'passed' : 'FAILED'}  ${name} (${seconds}s)`);
  }
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
}

async function main() {
  const steps = [];
  for (const check of checks) {
    steps.push(await runStep(check));
    if (interrupted.by !== undefined) return;
  }
  const { step, contract, numbers } = await runTests(process.argv.slice(2));
  if (interrupted.by !== undefined) return;
  steps.push(...contract);
  const failedChecks = steps.filter(({ passed }) => !passed).length;
  // The numbers are vitest's; a check that failed must not hide behind them and counts as one failed test more.
  const failed = numbers.failed + failedChecks;
  printSummary([...steps, step], { ...numbers, failed });
  process.exitCode = failed === 0 && step.passed ? 0 : 1;
}

await launch(main);
if (interrupted.by !== undefined) process.exitCode = 128 + os.constants.signals[interrupted.by];
