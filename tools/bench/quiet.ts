import { approvalTasks, customRuns } from '../../src/api/resources.ts';
import { approve, createMany, type Manner, type Place } from './approval.ts';
import { withMail, withoutMail } from './approvals.ts';
import type { Measured } from './operator.ts';
import type { Stage } from './stage.ts';
import { settledUsage } from './usage.ts';
import { between, countWrites, type WriteCount } from './writes.ts';

/** The budget is for the mail that asks; what the one about the end costs stands in a note. */
const askingOnly = { MAIL_KINDS: 'requested' } as const;

/** Counts writes, in a cluster in which nothing else happens: per approval, per reconcile and per restart. */
export async function measureWrites(stage: Stage): Promise<void> {
  if (!stage.wants('writes', 'writes-mail', 'refused', 'no-op', 'restart')) return;
  const { progress, size } = stage.options;
  const namespace = await stage.namespace('writes');
  const operator = await stage.operatorWith(askingOnly, namespace);
  const place = await stage.watch(namespace);
  progress('counting the writes of approvals without and with mail ...');
  const plain = await perApproval(stage, { operator, place, manner: withoutMail });
  const mailed = await perApproval(stage, { operator, place, manner: withMail });
  stage.measurements.writes = { measured: [plain.stored] };
  stage.measurements['writes-mail'] = { measured: [mailed.stored] };
  stage.measurements.refused = { measured: [plain.refused, mailed.refused] };
  progress('counting the writes of reconciles and of a restart with nothing to do ...');
  const { runs, clients } = { runs: size.counted, clients: size.clients };
  const names = await createMany(place, { runs, clients, approver: withMail.approver });
  await Promise.all(names.map(async (name) => place.watcher.decidable(name)));
  stage.measurements['no-op'] = { measured: [await perNoOp(stage, { operator, place, names })] };
  stage.measurements.restart = { measured: [await perRestart(stage, operator, namespace)] };
}

/** The writes of some work of ours, once the operator has nothing more to do. */
export async function writesOf(
  stage: Stage,
  operator: Measured,
  work: () => Promise<void>,
): Promise<WriteCount> {
  await settledUsage(operator.pid, stage.options.size.quietMs);
  const before = await countWrites(stage.api);
  await work();
  await settledUsage(operator.pid, stage.options.size.quietMs);
  return between(before, await countWrites(stage.api));
}

/** The writes of one approval, the mean of some. */
export async function perApproval(
  stage: Stage,
  { operator, place, manner }: { operator: Measured; place: Place; manner: Manner },
): Promise<WriteCount> {
  const { counted } = stage.options.size;
  const { stored, refused } = await writesOf(stage, operator, async () => {
    for (let n = 0; n < counted; n += 1) await approve(place, manner);
  });
  return { stored: stored / counted, refused: refused / counted };
}

/**
 * Touches runs and tasks that wait, which makes the operator look at each and find nothing to do. Nobody but the operator
 * may touch a task (P3).
 */
async function perNoOp(
  stage: Stage,
  { operator, place, names }: { operator: Measured; place: Place; names: readonly string[] },
): Promise<number> {
  const touch = { metadata: { annotations: { 'example.com/touched': 'yes' } } };
  const { stored, refused } = await writesOf(stage, operator, async () => {
    for (const name of names) {
      const key = `${place.namespace}/${name}`;
      await place.client.patch(customRuns, key, touch, { type: 'merge' });
      await place.form.patch(approvalTasks, key, touch, { type: 'merge' });
    }
  });
  const own = names.length * 2;
  return (stored + refused - own) / own;
}

async function perRestart(stage: Stage, operator: Measured, namespace: string): Promise<number> {
  await settledUsage(operator.pid, stage.options.size.quietMs);
  const before = await countWrites(stage.api);
  await operator.stop();
  const next = await stage.operatorWith(askingOnly, namespace);
  await settledUsage(next.pid, stage.options.size.quietMs);
  const { stored, refused } = between(before, await countWrites(stage.api));
  await next.stop();
  return stored + refused;
}
