import { writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { KubeClient } from '../../src/kube/client.ts';
import { startControlPlane, type ControlPlane } from '../../test/control-plane/control-plane.ts';
import { existingCluster, existingClusterVariable } from '../../test/control-plane/existing.ts';
import { applyInstallation } from '../../test/control-plane/installation.ts';
import { endRequested } from '../../test/control-plane/interruption.ts';
import { elapsedText, toStderr } from '../../test/control-plane/progress.ts';
import { mustBeAlone } from '../demo/alone.ts';
import { Cleanups } from '../demo/cleanup.ts';
import { measureApprovals } from './approvals.ts';
import { measureBursts } from './burst.ts';
import { measureChannels } from './channels.ts';
import { measurePile } from './pile.ts';
import { fullSize, smallSize } from './size.ts';
import { render, resultOf, type Result } from './result.ts';
import { Stage, type StageOptions } from './stage.ts';
import { measureStart } from './start.ts';
import { selected } from './table.ts';
import { measureWrites } from './quiet.ts';

const usage = `Usage: npm run bench [-- OPTIONS]

Measures the shipped bundle against its budgets on Kubernetes and Tekton on this machine, the floor in turn with it.
About 15 minutes on 2 cores that have nothing else to do. docs/performance.md says what each row means.

  --rows PATTERN      measure only the rows whose name matches this expression
  --small             very little of everything: shows that it works, its figures mean nothing
  --json FILE         write the result to this file as well
  --strict            end with code 1 where a budget does not hold
  --bundle FILE       measure this bundle instead of dist/main.mjs, to set two versions against each other
  --node-option=OPT   pass an option to the Node that runs the operator, such as --cpu-prof; may be repeated
  --kubeconfig FILE   use this running cluster, Tekton included, instead of starting one; nobody else may use it
  --help              show this text`;

const builtBundle = fileURLToPath(new URL('../../dist/main.mjs', import.meta.url));

const options = {
  rows: { type: 'string' },
  small: { type: 'boolean', default: false },
  json: { type: 'string' },
  strict: { type: 'boolean', default: false },
  bundle: { type: 'string' },
  'node-option': { type: 'string', multiple: true, default: [] as string[] },
  kubeconfig: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

type Options = ReturnType<typeof parseArgs<{ options: typeof options }>>['values'];

async function main(): Promise<void> {
  const { values } = parseArgs({ options });
  if (values.help) return void process.stdout.write(`${usage}\n`);
  const loadBefore = os.loadavg()[0] ?? 0;
  const rows = selected(values.rows);
  const signal = endRequested();
  const cleanups = new Cleanups();
  try {
    const stage = await openStage(values, { rows, signal, cleanups });
    // What was measured before something failed took long enough.
    await measure(stage).finally(() => report(values, resultOf(stage, loadBefore)));
  } catch (error) {
    // Ending by request is what the signal asked for, at whatever moment it came.
    if (signal.aborted) process.exitCode = 130;
    else fail(error);
  } finally {
    for (const failure of await cleanups.run()) fail(failure);
  }
}

async function openStage(
  values: Options,
  common: Pick<StageOptions, 'rows' | 'signal' | 'cleanups'>,
): Promise<Stage> {
  const kubeconfig = values.kubeconfig ?? process.env[existingClusterVariable];
  const controlPlane = await openCluster(kubeconfig, common.signal);
  common.cleanups.add('the control plane', async () => controlPlane.stop());
  await prepare(controlPlane);
  return Stage.open({
    ...common,
    controlPlane,
    size: values.small ? smallSize : fullSize,
    nodeOptions: values['node-option'],
    bundle: path.resolve(values.bundle ?? builtBundle),
    progress: startProgress(),
  });
}

function report({ json, strict }: Options, result: Result): void {
  process.stdout.write(render(result));
  if (json !== undefined) writeFileSync(path.resolve(json), `${JSON.stringify(result)}\n`);
  if (strict && result.rows.some(({ holds }) => !holds)) process.exitCode = 1;
}

/** Tells what went wrong; everything is still ended in order, and the code is 1. */
function fail(error: unknown): void {
  toStderr(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

async function openCluster(kubeconfig: string | undefined, signal: AbortSignal): Promise<ControlPlane> {
  if (kubeconfig !== undefined && kubeconfig !== '') return existingCluster(path.resolve(kubeconfig));
  return startControlPlane({ progress: toStderr, signal });
}

async function prepare({ kubeconfig }: ControlPlane): Promise<void> {
  await applyInstallation(kubeconfig);
  const client = KubeClient.load(kubeconfig);
  try {
    await mustBeAlone(client);
  } finally {
    await client.close();
  }
}

function startProgress(): (line: string) => void {
  const start = performance.now();
  return (line) => toStderr(`${elapsedText(performance.now() - start).padStart(6)}  ${line}`);
}

/** The pile comes last: the API server keeps what it held in memory for a while. */
async function measure(stage: Stage): Promise<void> {
  await measureStart(stage);
  await measureApprovals(stage);
  await measureWrites(stage);
  await measureChannels(stage);
  await measureBursts(stage);
  await measurePile(stage);
}

try {
  await main();
} catch (error) {
  fail(error);
}
