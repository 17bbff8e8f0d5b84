import { approvalDecisions, approvalTasks, customRuns } from '../../src/api/resources.ts';
import { KubeClient } from '../../src/kube/client.ts';
import type { ApprovalDecision } from '../../src/api/approvaldecision.ts';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import type { CustomRun } from '../../src/api/tekton.ts';
import { roleBindings } from '../../test/control-plane/operator-home.ts';
import {
  answerAs,
  answerByLink,
  approve,
  createRun,
  freshName,
  type Manner,
  type Place,
  type Timing,
} from './approval.ts';
import { templateOf, type Template } from './floor-input.ts';
import { startFloor } from './floor-process.ts';
import type { Measured } from './operator.ts';
import type { Stage } from './stage.ts';
import { median, percentile } from './statistics.ts';
import { settledUsage } from './usage.ts';
import { Yardstick } from './yardstick.ts';

/** Somebody whom no mail reaches: the least that an approval can cost, and what the floor does. */
export const withoutMail: Manner = { approver: 'alice', isMailed: false, answer: answerByLink };
export const withMail: Manner = {
  approver: 'approver@example.com',
  isMailed: true,
  answer: answerByLink,
};

/** The two sides of the comparison, each a process that serves a namespace of its own and leaves the other's alone. */
export interface Sides {
  readonly operator: Measured;
  readonly ours: Place;
  readonly floor: Measured;
  readonly theirs: Place;
}

/** Starts both, each having done some approvals already. */
export async function openSides(stage: Stage): Promise<Sides> {
  const { options } = stage;
  const [own, other] = [await stage.namespace('ours'), await stage.namespace('floor')];
  const operator = await stage.operator(own);
  const ours = await stage.watch(own);
  const template = await exampleOf(ours);
  const floor = await startFloor({ kubeconfig: stage.kubeconfig, namespace: other, template });
  options.cleanups.add('the floor', async () => floor.stop());
  const theirs = await stage.watch(other);
  options.progress('warming up ...');
  for (const place of [ours, theirs])
    for (let n = 0; n < options.size.warmUp; n += 1) await approve(place, withoutMail);
  return { operator, ours, floor, theirs };
}

export async function closeSides({ operator, floor }: Sides): Promise<void> {
  await floor.stop();
  await operator.stop();
}

/** What one approval writes, for the floor to write as much. */
async function exampleOf(place: Place): Promise<Template> {
  const { client, namespace, watcher } = place;
  const name = freshName();
  const key = `${namespace}/${name}`;
  await createRun(place, name, withoutMail.approver);
  await watcher.decidable(name);
  const read = async (): Promise<{ run: CustomRun; task: ApprovalTask }> => ({
    run: (await client.get<CustomRun>(customRuns, key)).object,
    task: (await client.get<ApprovalTask>(approvalTasks, key)).object,
  });
  const waiting = await read();
  const { metadata } = await answerByLink(place, name, withoutMail.approver);
  await watcher.done(name);
  const answer = `${namespace}/${metadata.name}`;
  for (;;) {
    const { object } = await client.get<ApprovalDecision>(approvalDecisions, answer);
    if (object.status?.verdict !== undefined)
      return templateOf(waiting, { ...(await read()), decision: object });
  }
}

interface Taken {
  readonly timings: readonly Timing[];
  readonly yardstickMs: number;
  readonly cpuMs: number;
}

/** How long an approval takes and what it costs, ours and the floor's in turn. */
export async function measureApprovals(stage: Stage): Promise<void> {
  if (!stage.wants('decidable', 'done', 'cpu', 'memory-idle')) return;
  const { size, progress } = stage.options;
  const sides = await openSides(stage);
  if (stage.wants('memory-idle')) await addFloorMemory(stage, sides);
  const yardstick = await Yardstick.make(stage.client, sides.ours.namespace);
  const [ours, floor]: [Taken[], Taken[]] = [[], []];
  for (let n = 1; n <= size.blocks; n += 1) {
    progress(
      `approvals, one after the other: block ${String(n)} of ${String(size.blocks)}, ours and the floor`,
    );
    ours.push(await take(stage, { what: 'ours', place: sides.ours, pid: sides.operator.pid, yardstick }));
    floor.push(await take(stage, { what: 'floor', place: sides.theirs, pid: sides.floor.pid, yardstick }));
  }
  const both = (figures: (taken: readonly Taken[]) => number[]): { measured: number[]; floor: number[] } => ({
    measured: figures(ours),
    floor: figures(floor),
  });
  stage.measurements.decidable = both((taken) => inWrites(taken, ({ toDecidable }) => toDecidable));
  stage.measurements.done = both((taken) => inWrites(taken, ({ toDone }) => toDone));
  stage.measurements.cpu = both((taken) => [
    median(taken.map(({ cpuMs, timings }) => cpuMs / timings.length)),
  ]);
  stage.notes.push(`One API write (the yardstick): ${median(yardstick.looks).toFixed(2)} ms.`);
  await noteOthers(stage, sides, yardstick);
  await closeSides(sides);
}

async function addFloorMemory(stage: Stage, { floor }: Sides): Promise<void> {
  const { residentMiB } = await settledUsage(floor.pid, stage.options.size.quietMs);
  const before = stage.measurements['memory-idle'];
  if (before !== undefined) stage.measurements['memory-idle'] = { ...before, floor: [residentMiB] };
}

interface Subject {
  readonly what: string;
  readonly place: Place;
  readonly pid: number;
  readonly yardstick: Yardstick;
  readonly manner?: Manner;
}

async function take(stage: Stage, subject: Subject): Promise<Taken> {
  const { what, place, pid, yardstick, manner = withoutMail } = subject;
  const yardstickMs = await yardstick.look();
  const count = stage.options.size.approvalsPerBlock;
  const { result, block } = await stage.block(`${what}: ${String(count)} approvals`, pid, async () => {
    const timings: Timing[] = [];
    for (let n = 0; n < count; n += 1) timings.push(await approve(place, manner));
    return timings;
  });
  return { timings: result, yardstickMs, cpuMs: block.cpuMs };
}

/** p50 and p95 of each block in the writes of its own time, and of the blocks the middle one. */
function inWrites(taken: readonly Taken[], figure: (timing: Timing) => number): number[] {
  return [0.5, 0.95].map((share) =>
    median(taken.map(({ timings, yardstickMs }) => percentile(timings.map(figure), share) / yardstickMs)),
  );
}

/** The other ways to be told and to answer. They have no budgets of their own. */
async function noteOthers(stage: Stage, sides: Sides, yardstick: Yardstick): Promise<void> {
  const { ours: place, operator } = sides;
  const alice = KubeClient.load(stage.options.controlPlane.users.alice);
  await allowToAnswer(stage, place.namespace);
  const others: readonly (Manner & { what: string })[] = [
    { what: 'with a mail', ...withMail },
    {
      what: 'answered with kubectl, the policy proof included',
      approver: 'alice',
      isMailed: false,
      answer: answerAs(alice, 'alice'),
    },
  ];
  for (const manner of others) {
    await approve(place, manner);
    const taken = await take(stage, {
      what: `ours, ${manner.what}`,
      place,
      pid: operator.pid,
      yardstick,
      manner,
    });
    const shown = (figure: (timing: Timing) => number): string =>
      inWrites([taken], figure)
        .map((value) => value.toFixed(1))
        .join(' / ');
    stage.notes.push(
      `An approval ${manner.what}: decidable after ${shown((timing) => timing.toDecidable)} writes, done ${shown((timing) => timing.toDone)} writes after the answer, ${(taken.cpuMs / taken.timings.length).toFixed(1)} ms CPU.`,
    );
  }
  await alice.close();
}

async function allowToAnswer({ client }: Stage, namespace: string): Promise<void> {
  const apiGroup = 'rbac.authorization.k8s.io';
  await client.create(roleBindings, {
    apiVersion: `${apiGroup}/v1`,
    kind: 'RoleBinding',
    metadata: { name: 'bench', namespace },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'tekton-approvals-approver' },
    subjects: [{ kind: 'User', name: 'alice', apiGroup }],
  });
}
