import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openGate, type Gate } from './gate.ts';
import { until } from './until.ts';
import {
  changeRun,
  endOf,
  gateStep,
  handedTo,
  job,
  pipelineRunAt,
  ran,
  skipped,
  start,
  startAsking,
} from './turns.ts';

/** What Tekton makes of a gate that ends without approval, and of a gate that still waits when something else fails. */

let gate: Gate;
beforeAll(async () => {
  gate = await openGate();
  await gate.allow('people', [{ kind: 'User', name: 'alice' }]);
});
afterAll(async () => gate.close());

const deploy = job('deploy', { runAfter: ['approve'] });
const tidy = job('tidy', {
  values: {
    status: '$(tasks.approve.status)',
    reason: '$(tasks.approve.reason)',
    decision: '$(tasks.approve.results.decision)',
    outcome: '$(tasks.approve.results.outcome)',
  },
});
const reject = { decision: 'reject', comment: 'no' } as const;
const onDecision = (decision: string): Record<string, unknown> => ({
  when: [{ input: '$(tasks.approve.results.decision)', operator: 'in', values: [decision] }],
});

describe.concurrent('a gate that fails', () => {
  it('stops its pipeline, but not a second gate beside it: that one is asked until it is decided', async () => {
    const tasks = [
      gateStep('approve', { params: { onReject: 'fail' } }),
      gateStep('other'),
      deploy,
      job('publish', { runAfter: ['other'] }),
    ];
    const first = await startAsking(gate, 'two-gates', { tasks, finally: [tidy] });
    const other = await gate.task('two-gates-other');
    await gate.answer('alice', first, reject);
    expect(endOf(await gate.customRun('two-gates-approve'))).toBe('False Rejected');
    expect(endOf(await gate.pipelineRun('two-gates', () => true))).toMatch(/^Unknown /);
    expect((await gate.task('two-gates-other')).status?.status).toBe('pending');
    expect((await gate.answer('alice', other, { decision: 'approve' })).status?.verdict).toBe('counted');
    const ended = await pipelineRunAt(gate, 'two-gates', 'False Failed');
    expect(endOf(await gate.customRun('two-gates-other'))).toBe('True Approved');
    expect(ran(ended)).toEqual(['tidy']);
    const stopping = 'PipelineRun was stopping';
    expect(skipped(ended)).toEqual({ deploy: stopping, publish: stopping });
  });

  it.each([
    {
      what: 'an approval',
      answer: { decision: 'approve' },
      params: {},
      is: 'Succeeded Approved true approved',
    },
    {
      what: 'a rejection that is an answer',
      answer: reject,
      params: {},
      is: 'Succeeded Rejected false rejected',
    },
    {
      what: 'a rejection that fails',
      answer: reject,
      params: { onReject: 'fail' },
      is: 'Failed Rejected false rejected',
    },
    {
      what: 'a deadline',
      answer: undefined,
      params: { timeout: '1s' },
      is: 'Failed CustomRunTimedOut false timedOut',
    },
    {
      what: 'a mistake',
      answer: undefined,
      params: { strategy: 'ALL' },
      is: 'Failed InvalidParameters false invalid',
    },
  ] as const)(
    'tells finally tasks by status, reason and results: after $what $is',
    async ({ what, answer, params, is }) => {
      const name = `tells-${what.replaceAll(/\W+/g, '-')}`;
      await start(gate, name, { tasks: [gateStep('approve', { params })], finally: [tidy] });
      if (answer) await gate.answer('alice', await gate.task(`${name}-approve`), answer);
      await gate.pipelineRun(name);
      const { status, reason, decision, outcome } = await handedTo(gate, `${name}-tidy`);
      expect([status, reason, decision, outcome].join(' ')).toBe(is);
    },
  );
});

describe.concurrent('a gate whose failure may be ignored (onError: continue)', () => {
  const ignored = { onError: 'continue' };
  const tasks = (step: object): Parameters<typeof start>[2] => ({
    tasks: [
      gateStep('approve', { ...ignored, ...step }),
      job('stop', { ...onDecision('false'), values: { comment: '$(tasks.approve.results.comment)' } }),
      job('ship', onDecision('true')),
    ],
  });

  it('goes on after a rejection that fails, with its results', async () => {
    const task = await startAsking(gate, 'ignore-no', tasks({ params: { onReject: 'fail' } }));
    await gate.answer('alice', task, reject);
    const ended = await pipelineRunAt(gate, 'ignore-no', 'True Completed');
    expect(ended.status?.conditions?.[0]?.message).toContain('Ignored: 1');
    expect(endOf(await gate.customRun('ignore-no-approve'))).toBe('False Rejected');
    expect(ran(ended)).toEqual(['stop']);
    expect(await handedTo(gate, 'ignore-no-stop')).toEqual({ comment: 'no' });
  });

  it('goes on after its deadline, never as approved', async () => {
    await start(gate, 'ignore-late', tasks({ timeout: '1s' }));
    const ended = await pipelineRunAt(gate, 'ignore-late', 'True Completed');
    expect(endOf(await gate.customRun('ignore-late-approve'))).toBe('False CustomRunTimedOut');
    expect(ran(ended)).toEqual(['stop']);
  });

  it('goes on after a mistake in its parameters, never as approved', async () => {
    await start(gate, 'ignore-typo', tasks({ params: { strategy: 'ALL' } }));
    const ended = await pipelineRunAt(gate, 'ignore-typo', 'True Completed');
    expect(endOf(await gate.customRun('ignore-typo-approve'))).toBe('False InvalidParameters');
    expect(ran(ended)).toEqual(['stop']);
  });

  it('does not go on where it was cancelled: Tekton counts that reason before anything else', async () => {
    await startAsking(gate, 'ignore-stop', tasks({}));
    await changeRun(gate, 'ignore-stop-approve', { status: 'RunCancelled' });
    expect(endOf(await gate.customRun('ignore-stop-approve'))).toBe('False CustomRunCancelled');
    await gate.pipelineRun('ignore-stop');
    await pipelineRunAt(gate, 'ignore-stop', 'False Cancelled');
  });
});

describe.concurrent('a gate that waits while its pipeline fails elsewhere', () => {
  it('stays open after a task beside it failed: the PipelineRun ends with the answer', async () => {
    const tasks = [gateStep('approve'), job('build', { fails: true }), deploy];
    const task = await startAsking(gate, 'sibling', { tasks, finally: [tidy] });
    await until('the other task to fail', async () =>
      (await gate.taskRuns()).some(
        (run) => run.metadata.name === 'sibling-build' && endOf(run).startsWith('False'),
      ),
    );
    // What Tekton shows of the PipelineRun meanwhile may stand still; that it has not ended is what matters.
    expect(endOf(await gate.pipelineRun('sibling', () => true))).toMatch(/^Unknown /);
    expect((await gate.answer('alice', task, { decision: 'approve' })).status?.verdict).toBe('counted');
    const ended = await pipelineRunAt(gate, 'sibling', 'False Failed');
    expect(ran(ended)).toEqual(['build', 'tidy']);
    expect(skipped(ended)).toEqual({ deploy: 'PipelineRun was stopping' });
    expect(endOf(await gate.customRun('sibling-approve'))).toBe('True Approved');
  });

  it('ends as cancelled when Tekton ends the PipelineRun without a word to its runs', async () => {
    // The third gate asks for a result that the first does not have. Tekton fails its validation, and takes every other
    // custom task for it (pkg/reconciler/pipelinerun/resources/pipelinerunresolution.go compares resolved tasks, which
    // custom tasks do not have).
    const params = { description: '$(tasks.approve.results.signature)' };
    const tasks = [gateStep('approve'), gateStep('other'), gateStep('consume', { params })];
    const task = await startAsking(gate, 'no-word', { tasks });
    await gate.task('no-word-other');
    await gate.answer('alice', task, { decision: 'approve' });
    await pipelineRunAt(gate, 'no-word', 'False PipelineValidationFailed');
    const other = await gate.customRun('no-word-other');
    expect(other.spec.status).toBeUndefined();
    expect(other.status?.conditions?.[0]).toMatchObject({
      status: 'False',
      reason: 'CustomRunCancelled',
      message: 'PipelineRun no-word has ended.',
    });
    expect((await gate.task('no-word-other')).status?.outcome).toBe('cancelled');
  });
});

describe.concurrent('a gate among the finally tasks', () => {
  it('is asked after the other tasks, and the PipelineRun waits for its answer', async () => {
    const finale = [gateStep('approve'), job('tell')];
    const task = await startAsking(gate, 'at-the-end', { tasks: [job('build')], finally: finale });
    expect(endOf(await gate.pipelineRun('at-the-end', () => true))).toMatch(/^Unknown /);
    await gate.answer('alice', task, { decision: 'approve' });
    const ended = await pipelineRunAt(gate, 'at-the-end', 'True Succeeded');
    expect(ran(ended)).toEqual(['build', 'tell']);
    expect(endOf(await gate.customRun('at-the-end-approve'))).toBe('True Approved');
  });

  it('fails the PipelineRun where its rejection fails', async () => {
    const finale = [gateStep('approve', { params: { onReject: 'fail' } })];
    const task = await startAsking(gate, 'no-end', { tasks: [job('build')], finally: finale });
    await gate.answer('alice', task, reject);
    await pipelineRunAt(gate, 'no-end', 'False Failed');
    expect(endOf(await gate.customRun('no-end-approve'))).toBe('False Rejected');
  });
});
