import { pipelineRuns } from '../../src/api/resources.ts';
import type { PipelineRunObject, TaskRunObject } from '../integration/gate.ts';
import type { MortalOperator } from './mortal-operator.ts';
import { pipelineOf } from './play.ts';
import { differs, type Settlement } from './settlement.ts';

/** What a pipeline must have made of the decision: how it ended, and which of its branches ran. */
function wantedOf({ task, script }: Settlement): { succeeded: string; ran: readonly string[] } {
  const outcome = task.status?.outcome;
  if (outcome === 'approved') return { succeeded: 'True', ran: ['deploy'] };
  if (outcome === 'rejected' && script.onReject !== 'fail') return { succeeded: 'True', ran: ['stop'] };
  return { succeeded: 'False', ran: [] };
}

/** In what real pipelines went on in another way than their requests were settled. */
export async function pipelineFaults(
  operator: MortalOperator,
  settlements: readonly Settlement[],
): Promise<readonly string[]> {
  const pipelines = await operator.gate.all<PipelineRunObject>(pipelineRuns);
  const taskRuns = await operator.gate.taskRuns();
  const asked = settlements.filter(({ script }) => script.inPipeline === true);
  return asked.flatMap((settlement) => {
    const name = pipelineOf(settlement.script);
    const run = pipelines.find(({ metadata }) => metadata.name === name);
    const own = taskRuns.filter(({ metadata }) => metadata.labels?.['tekton.dev/pipelineRun'] === name);
    return faultsOf(settlement, run, own).map((fault) => `${name}: ${fault}`);
  });
}

function faultsOf(
  settlement: Settlement,
  pipelineRun: PipelineRunObject | undefined,
  taskRuns: readonly TaskRunObject[],
): readonly string[] {
  const wanted = wantedOf(settlement);
  const condition = pipelineRun?.status?.conditions?.find(({ type }) => type === 'Succeeded');
  const ran = taskRuns.map(({ metadata }) => metadata.labels?.['tekton.dev/pipelineTask']);
  const { comment, approvedBy, rejectedBy } = settlement.task.status?.results ?? {};
  const handedOn = taskRuns.flatMap(({ spec }) => spec.params ?? []);
  const wantedParams = ran.length === 0 ? [] : Object.entries({ comment, approvedBy, rejectedBy });
  return [
    ...differs('the end of the pipeline', condition?.status, wanted.succeeded),
    ...differs('the branches that ran', ran, wanted.ran),
    ...differs(
      'what the branch was told',
      Object.fromEntries(handedOn.map(({ name, value }) => [name, value])),
      Object.fromEntries(wantedParams),
    ),
  ];
}
