import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pipelineRuns } from '../../src/api/resources.ts';
import { eventType } from '../../src/kube/recorder.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { approval, inlineRun } from '../builders/inline-run.ts';
import { FormClient } from '../fakes/form-client.ts';
import { openGate, type Gate } from './gate.ts';
import { until } from './until.ts';

/** What other tools read of a run: Events, the condition, and whatever is copied into CloudEvents as a whole. */

let gate: Gate;
beforeAll(async () => {
  gate = await openGate();
  await gate.allow('people', [{ kind: 'User', name: 'alice' }]);
});
afterAll(async () => gate.close());

interface EventObject extends KubeObject {
  type: string;
  reason: string;
  note: string;
  regarding: { kind: string; name: string; uid: string };
}

async function eventsOf({ kind, uid }: { kind: string; uid: string }, count: number): Promise<string[]> {
  return until(`${String(count)} Events about a ${kind}`, async () => {
    const about = (await gate.all<EventObject>(eventType)).filter(
      ({ regarding }) => regarding.kind === kind && regarding.uid === uid,
    );
    const ours = about.filter(({ reason }) =>
      ['WaitingForApproval', 'Approved', 'InvalidParameters'].includes(reason),
    );
    return (
      ours.length >= count && ours.map(({ type, reason, note }) => `${type} ${reason}: ${note}`).toSorted()
    );
  });
}

async function started(name: string, approvers: string[]): Promise<{ kind: string; uid: string }> {
  const run = await gate.create(pipelineRuns, inlineRun(name, { tasks: [approval('ask', { approvers })] }));
  return { kind: 'PipelineRun', uid: run.metadata.uid };
}

describe.concurrent('Events', () => {
  it('on the CustomRun and on the PipelineRun say who is asked, where, and how it ended', async () => {
    const pipelineRun = await started('told', ['alice']);
    await gate.answer('alice', await gate.task('told-ask'), { decision: 'approve' });
    const { metadata } = await gate.customRun('told-ask');
    const address = `${gate.baseUrl}/a/${gate.namespace}/told-ask`;
    const [approved = '', asked = '', ...more] = await eventsOf({ kind: 'CustomRun', uid: metadata.uid }, 2);
    const words = 'Approved by alice. The answer of alice came through Kubernetes.';
    expect(approved).toBe(`Normal Approved: ${words}`);
    expect(asked).toContain(`Normal WaitingForApproval: Waiting for alice. Answer at ${address}`);
    expect(more).toEqual([]);
    const ofRun = await eventsOf(pipelineRun, 2);
    expect(ofRun[0]).toBe(`Normal Approved: told-ask: ${words}`);
    expect(ofRun[1]).toContain(
      `Normal WaitingForApproval: told-ask: Waiting for alice. Answer at ${address}`,
    );
  });

  it('say what was wrong with a run that nobody was asked for', async () => {
    const pipelineRun = await started('mistaken', []);
    const [event = ''] = await eventsOf(pipelineRun, 1);
    expect(event).toContain('Warning InvalidParameters: mistaken-ask: ');
    expect(event).toContain('approvers');
  });
});

describe.concurrent('a waiting run, as a CloudEvent or a dashboard shows it whole,', () => {
  it('has a message to be read by people: for whom, until when, and an address that can be computed', async () => {
    const tasks = [approval('ask', { approvers: ['alice'] }, { timeout: '1h' })];
    await gate.create(pipelineRuns, inlineRun('readable', { tasks }));
    const { deadline = '' } = (await gate.task('readable-ask')).status ?? {};
    const run = await gate.customRun('readable-ask', ({ status }) => status?.conditions?.[0] !== undefined);
    expect(run.status?.conditions?.[0]?.message).toContain(
      `Waiting for alice until ${deadline}. Answer at ${gate.baseUrl}/a/${gate.namespace}/readable-ask`,
    );
  });

  it('holds no link, token or key: only the mail does, before and after the answer', async () => {
    const address = `ann-${randomBytes(4).toString('hex')}@example.com`;
    await started('secretless', [address]);
    const link = await gate.mailedLink(address, await gate.task('secretless-ask'));
    const token = link.slice(link.lastIndexOf('/') + 1);
    const waiting = await gate.customRun('secretless-ask', ({ status }) => status?.extraFields !== undefined);
    const browser = new FormClient();
    await browser.answer(await browser.open(link), 'approve', 'fine');
    const ended = await gate.customRun('secretless-ask');
    const events = await gate.all<EventObject>(eventType);
    for (const text of [waiting, ended, events].map((object) => JSON.stringify(object))) {
      expect(text).not.toContain(token);
      expect(text).not.toMatch(/\/l\/v1|v1\.k[0-9a-f]+\./);
    }
  });

  it('is found by the address of its PipelineRun and its step, without knowing its name', async () => {
    const address = 'ann-by-step@example.com';
    await started('computed', [address]);
    const browser = new FormClient();
    await browser.open(await gate.mailedLink(address, await gate.task('computed-ask')));
    const page = await browser.open(`${gate.baseUrl}/a/${gate.namespace}/computed/ask`);
    expect(page.status).toBe(200);
    expect(page.url).toContain('/form/');
    expect(page.body).toContain('computed');
  });
});
