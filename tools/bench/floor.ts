import { readFileSync } from 'node:fs';
import type { ApprovalDecision } from '../../src/api/approvaldecision.ts';
import type { CustomRun } from '../../src/api/tekton.ts';
import type { FloorInput } from './floor-input.ts';
import { PlainClient } from './plain-client.ts';

/**
 * The floor: what the protocol costs with nothing around it. It watches runs and answers, and writes for each what a
 * real approval wrote, copied from one. It checks nothing and survives nothing.
 */
const { address, namespace, template }: FloorInput = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
const client = new PlainClient(address);
const runs = `/apis/tekton.dev/v1beta1/namespaces/${namespace}/customruns`;
const ours = `/apis/tekton.automatiko.io/v1beta1/namespaces/${namespace}`;
const [merge, apply] = ['application/merge-patch+json', 'application/apply-patch+yaml'];

async function ask({ metadata: { name, uid } }: CustomRun): Promise<void> {
  const owner = { ...template.owner, name, uid };
  const spec = { ...template.spec, customRunRef: { name, uid } };
  const metadata = { ...template.metadata, name, ownerReferences: [owner] };
  await client.send(`${ours}/approvaltasks`, { ...template.kind, metadata, spec });
  await Promise.all([
    client.send(`${runs}/${name}/status`, { status: template.waiting.run }, merge),
    writeTask(name, template.waiting.task),
  ]);
}

async function settle({ metadata, spec: { taskRef } }: ApprovalDecision): Promise<void> {
  await writeTask(taskRef.name, template.settled.task);
  await client.send(`${runs}/${taskRef.name}/status`, { status: template.settled.run }, merge);
  const labels = { metadata: { labels: template.settled.labels } };
  await client.send(`${ours}/approvaltasks/${taskRef.name}`, labels, merge);
  const verdict = { status: template.settled.verdict };
  await client.send(`${ours}/approvaldecisions/${metadata.name}/status`, verdict, merge);
}

async function writeTask(name: string, status: object): Promise<void> {
  const path = `${ours}/approvaltasks/${name}/status?fieldManager=floor&force=true`;
  await client.send(path, { ...template.kind, metadata: { name, namespace }, status }, apply);
}

void client.watch(runs, (run: CustomRun) => void ask(run));
void client.watch(`${ours}/approvaldecisions`, (decision: ApprovalDecision) => void settle(decision));
