import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { ApprovalDecision } from '../../src/api/approvaldecision.ts';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import { approvalDecisions } from '../../src/api/resources.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { ask, people, titleOf } from './asking.ts';
import { bundledTool, toolAs, typedAt } from './command.ts';
import type { Ended } from './command.ts';
import { openGate, type Gate } from './gate.ts';

let gate: Gate;
let task: ApprovalTask;
beforeAll(async () => {
  gate = await openGate();
  await gate.allow('people', [{ kind: 'User', name: 'alice' }]);
  task = await ask(gate, 'asked', { params: people('alice') });
});
afterAll(async () => gate.close());

/** What alice sees and what comes of it where she types that at the question. */
const alice = (typed: string, ...args: string[]): Promise<Ended> =>
  typedAt(typed, [bundledTool, ...args, '-n', gate.namespace], {
    KUBECONFIG: inject('controlPlane').users.alice,
  });

/** How requests are shown before the question, and the question. */
const asking = (question: string, ...tasks: ApprovalTask[]): string =>
  [
    ...tasks.map((one) => `${titleOf(one)}\n  | ${one.spec.description}\n`),
    question,
    ' as alice? [y/N] ',
  ].join('');

describe('on a terminal', () => {
  it.each([
    ['n', 'n\r', 'n'],
    ['Enter alone', '\r', ''],
    ['another word', 'yikes\r', 'yikes'],
    ['Ctrl-D', '\u0004', ''],
    ['Ctrl-C', '\u0003', ''],
  ])('%s at the question sends nothing', async (_name, typed, echo) => {
    const ended = await alice(typed, 'approve', task.metadata.name);
    expect(ended.code).toBe(1);
    expect(ended.out).toBe(`${asking('Approve this request', task)}${echo}\nNothing was sent\n`);
    expect(await gate.all<ApprovalDecision & KubeObject>(approvalDecisions)).toEqual([]);
  });

  it('nobody is asked where there is none, and nothing is sent', async () => {
    expect(await toolAs('alice', gate.namespace, ['approve', task.metadata.name])).toEqual({
      code: 2,
      out: '',
      err: 'Without a terminal nobody can confirm: give --yes to approve without being asked\n',
    });
    expect(await gate.all<ApprovalDecision & KubeObject>(approvalDecisions)).toEqual([]);
  });

  it('two requests are one question, and y answers both', async () => {
    const other = await ask(gate, 'other', { params: people('alice') });
    const ended = await alice('y\r', 'reject', task.metadata.name, 'other/approve', '-m', 'Not today.');
    expect(ended.code).toBe(0);
    expect(ended.out.startsWith(`${asking('Reject these 2 requests', task, other)}y\n`)).toBe(true);
    for (const one of [task, other]) {
      expect(ended.out).toContain(`${titleOf(one)}: your rejection counts. It was rejected by alice at `);
      const { status } = await gate.task(one.metadata.name, (now) => now.status?.outcome !== undefined);
      expect(status?.responses).toMatchObject([{ decision: 'reject', comment: 'Not today.' }]);
    }
  });
});
