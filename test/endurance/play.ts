import type { CustomRun } from '../../src/api/tekton.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { customRuns, pipelineRuns } from '../../src/api/resources.ts';
import { pipeline, pipelineRun } from '../builders/pipeline.ts';
import { pipelines } from '../builders/resources.ts';
import type { MortalOperator } from './mortal-operator.ts';
import { answer, type Witnesses } from './person.ts';
import { customRunFor, entryOf, paramsOf, timingOf, type Part, type Script } from './script.ts';

/** A play and what it needs. */
export interface Stage {
  readonly operator: MortalOperator;
  readonly script: Script;
  readonly witnesses: Witnesses;
  /** Resolves when the killing is over. */
  readonly over: Promise<void>;
}

/** Asks, lets everybody play their part, and resolves when it is settled. */
export async function play(stage: Stage): Promise<void> {
  const { operator, script } = stage;
  await ask(stage);
  if (script.mistaken === true) return waitForEnd(stage);
  const answers = answerAll(stage);
  await Promise.all([answers, cancelAfter(stage, answers)]);
  while (operator.task(script.name)?.status?.outcome === undefined) await operator.rest();
}

async function cancelAfter(stage: Stage, answers: Promise<void>): Promise<void> {
  const { cancelled } = stage.script;
  if (cancelled === undefined) return;
  await (cancelled === 'afterwards' ? answers : everybodyTold(stage));
  await cancel(stage);
}

async function waitForEnd({ operator, script }: Stage): Promise<void> {
  const { gate } = operator;
  const isOver = async (): Promise<boolean> => {
    const run = await gate.read<CustomRun & KubeObject>(customRuns, script.name);
    return run?.status?.conditions?.some(({ status }) => status === 'False') ?? false;
  };
  while (!(await isOver())) await operator.rest();
}

/** The name of the pipeline of a run. */
export function pipelineOf({ name }: Script): string {
  return name.replace(/-approve$/u, '');
}

async function ask({ operator, script }: Stage): Promise<void> {
  const { gate } = operator;
  if (script.inPipeline !== true) {
    await gate.create(customRuns, customRunFor(script));
    return;
  }
  const name = pipelineOf(script);
  await gate.create(pipelines, pipeline({ name, params: paramsOf(script), step: timingOf(script) }));
  await gate.create(pipelineRuns, pipelineRun(name, name));
}

async function answerAll(stage: Stage): Promise<void> {
  const { script, over } = stage;
  const parts = script.parts.filter(({ says }) => says !== 'nothing');
  if (script.timeout === undefined) await everybodyTold(stage);
  if (script.atOnce === true) {
    await Promise.all(parts.map(async (part) => answer({ ...stage, part })));
    return;
  }
  for (const [index, part] of parts.entries()) {
    if (index === script.patientAfter) await over;
    await answer({ ...stage, part });
    if (index < parts.length - 1) await noted(stage, part);
  }
}

/** The next one answers when this one counts. */
async function noted({ operator, script }: Stage, part: Part): Promise<void> {
  const entry = entryOf(script, part);
  const isNoted = (): boolean => {
    const { outcome, responses = [] } = operator.task(script.name)?.status ?? {};
    return outcome !== undefined || responses.some((one) => one.entry === entry);
  };
  while (!isNoted()) await operator.rest();
}

/** Whoever has an address got a mail. */
async function everybodyTold({ operator, script }: Stage): Promise<void> {
  const addresses = script.parts.filter(({ by }) => by === 'mail').map((part) => entryOf(script, part));
  const isTold = (address: string): boolean =>
    operator.deliveries.some(({ mail }) => mail.to.includes(address));
  while (!addresses.every(isTold)) await operator.rest();
}

async function cancel({ operator, script }: Stage): Promise<void> {
  const { gate } = operator;
  const inPipeline = script.inPipeline === true;
  const key = gate.key(inPipeline ? pipelineOf(script) : script.name);
  const status = inPipeline ? 'Cancelled' : 'RunCancelled';
  await gate.admin.patch(
    inPipeline ? pipelineRuns : customRuns,
    key,
    { spec: { status } },
    { type: 'merge' },
  );
}
