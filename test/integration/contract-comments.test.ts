import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalDecision } from '../../src/api/approvaldecision.ts';
import { pipelineRuns } from '../../src/api/resources.ts';
import { approval, consumer, inlineRun, producer } from '../builders/inline-run.ts';
import { kubeletAnnotations } from '../control-plane/kubelet.ts';
import type { Person } from '../control-plane/people.ts';
import { FormClient, type Page } from '../fakes/form-client.ts';
import { linkIn } from '../fakes/mailed-link.ts';
import { arrivedAt, valuesOf } from './arrivals.ts';
import { openGate, type Gate } from './gate.ts';

/**
 * What a person writes reaches a pipeline as text and as nothing else: where Tekton hands it to a task, to a `when`, to
 * a `finally` task and to the pipeline's own results.
 */

let gate: Gate;
beforeAll(async () => {
  gate = await openGate();
  await gate.allow(
    'people',
    ['alice', 'bob', 'carol'].map((name) => ({ kind: 'User', name })),
  );
});
afterAll(async () => gate.close());

const resultOf = (task: string): string => `$(tasks.${task}.results.comment)`;
const token = 'result-of-another-task';
const secret = 'param-of-the-pipeline';

interface Comment {
  readonly what: string;
  readonly said: string;
  /** Where it is not what was said. */
  readonly arrives?: string;
  /** Whether it is written into the form as well, which reads it before it is recorded. */
  readonly form?: true;
}

const comments: readonly Comment[] = [
  {
    what: 'a reference to another task’s result',
    form: true,
    said: 'see $(tasks.build.results.token)',
    arrives: 'see ＄(tasks.build.results.token)',
  },
  {
    what: 'a reference to a task that is not there',
    said: '$(tasks.x.results.y)',
    arrives: '＄(tasks.x.results.y)',
  },
  {
    what: 'a reference to a param of the pipeline',
    said: '$(params.secret) $(params["secret"])',
    arrives: '＄(params.secret) ＄(params["secret"])',
  },
  {
    what: 'a reference to the context',
    said: '$(context.pipelineRun.name)',
    arrives: '＄(context.pipelineRun.name)',
  },
  {
    what: 'an escaped reference',
    said: '$$(params.secret)',
    arrives: '$＄(params.secret)',
  },
  { what: 'a JSON list of one', said: '["a"]', arrives: '［"a"]' },
  { what: 'a JSON list of two', form: true, said: '["a", "b"]', arrives: '［"a", "b"]' },
  { what: 'a JSON list of nothing but null', said: '[null]', arrives: '［null]' },
  { what: 'an empty JSON list', said: '[]', arrives: '［]' },
  { what: 'a JSON object', said: '{"a":1}' },
  { what: 'lines', said: 'one\ntwo\n\n- three' },
  { what: 'lines as Windows ends them', form: true, said: 'one\r\ntwo\rthree', arrives: 'one\ntwo\nthree' },
  { what: 'emoji', form: true, said: '👍🏽 👩‍👩‍👧 ✅' },
  { what: 'a right-to-left override', said: 'invoice\u202Efdp.exe' },
  {
    what: 'control characters',
    form: true,
    said: 'a\u0000b\u001b[31mred\u0007\u007f\u0080\u0085\tc',
    arrives: 'ab[31mred\tc',
  },
  {
    what: 'characters that YAML refuses or folds',
    form: true,
    said: 'a\uFEFF \u2028 b \uFFFF\uFFFE c\u2029d',
  },
  {
    what: 'words of a shell',
    form: true,
    said: '`id` "; rm -rf / #\' $HOME $(id)',
    arrives: '`id` "; rm -rf / #\' $HOME ＄(id)',
  },
  { what: 'as many characters as are allowed', form: true, said: 'é'.repeat(1024) },
];

const numbered = comments.map((each, at) => ({ arrives: each.said, ...each, at }));
type Numbered = (typeof numbered)[number];

/** For each comment a gate, and behind it a task that is handed the comment and runs only where it is what should arrive. */
function tasksFor({ arrives, at }: Numbered, approver: string): Record<string, unknown>[] {
  const result = resultOf(`approve-${String(at)}`);
  const when = [{ input: result, operator: 'in', values: [arrives] }];
  return [
    approval(`approve-${String(at)}`, { approvers: [approver] }, { runAfter: ['build'] }),
    consumer(`use-${String(at)}`, { comment: result, among: `He said: ${result}!` }, { when }),
  ];
}

/** A run whose finally task and own results are handed every comment as well. */
async function startUsing(
  name: string,
  said: readonly Numbered[],
  approverOf: (at: number) => string,
): Promise<void> {
  const named = said.map(({ at }) => [`c${String(at)}`, resultOf(`approve-${String(at)}`)] as const);
  await gate.create(
    pipelineRuns,
    inlineRun(name, {
      metadata: { annotations: { [kubeletAnnotations.results]: JSON.stringify({ token }) } },
      tasks: [producer('build', ['token']), ...said.flatMap((each) => tasksFor(each, approverOf(each.at)))],
      pipeline: {
        params: [{ name: 'secret' }],
        finally: [consumer('report', Object.fromEntries(named))],
        results: named.map(([result, value]) => ({ name: result, value })),
      },
      run: { params: [{ name: 'secret', value: secret }] },
    }),
  );
}

/** Tekton's own objects: the task's params, the finally task's, the run's results, and that nothing failed. */
async function expectArrived(name: string, { at, arrives }: Numbered): Promise<void> {
  const run = await gate.pipelineRun(name);
  expect(run.status?.skippedTasks ?? []).toEqual([]);
  expect(run.status?.conditions?.[0]).toMatchObject({ status: 'True', reason: 'Succeeded' });
  expect(await arrivedAt(gate, `${name}-use-${String(at)}`)).toEqual({
    comment: arrives,
    among: `He said: ${arrives}!`,
  });
  expect((await arrivedAt(gate, `${name}-report`))[`c${String(at)}`]).toBe(arrives);
  expect(valuesOf(run.status?.results)[`c${String(at)}`]).toBe(arrives);
  const custom = await gate.customRun(`${name}-approve-${String(at)}`);
  expect(valuesOf(custom.status?.results)['comment']).toBe(arrives);
}

const written = numbered.filter(({ form }) => form === true);
const approverOf = (at: number): string => `ann${String(at)}@example.com`;

async function answerByForm(task: string, approver: string, said: string): Promise<Page> {
  await gate.task(task);
  const browser = new FormClient();
  const page = await browser.open(linkIn(await gate.mail.waitFor(({ to }) => to.includes(approver))));
  return browser.answer(page, 'approve', said);
}

async function answerByKubectl(person: Person, task: string, comment: string): Promise<ApprovalDecision> {
  return gate.answer(person, await gate.task(task), { decision: 'approve', comment });
}

async function answerAllByKubectl(): Promise<void> {
  await startUsing('kubectl', numbered, () => 'alice');
  await Promise.all(
    numbered.map(async ({ at, said }) => answerByKubectl('alice', `kubectl-approve-${String(at)}`, said)),
  );
}

async function answerAllByForm(): Promise<void> {
  await startUsing('form', written, approverOf);
  await Promise.all(
    written.map(async ({ at, said }) => answerByForm(`form-approve-${String(at)}`, approverOf(at), said)),
  );
}

beforeAll(async () => {
  const long = inlineRun('long', {
    tasks: [
      approval('form', { approvers: ['long@example.com'] }),
      approval('kubectl', { approvers: ['alice'] }),
    ],
  });
  await Promise.all([answerAllByKubectl(), answerAllByForm(), gate.create(pipelineRuns, long)]);
});

describe('a comment written with kubectl arrives as text', () => {
  it.each(numbered)('$what', async (each) => expectArrived('kubectl', each));
});

describe('a comment written into the form arrives as text', () => {
  it.each(written)('$what', async (each) => expectArrived('form', each));
});

describe('a comment that is too long is refused, with the sentence and the limits, and the gate stays open', () => {
  const waits = async (task: string): Promise<void> => {
    expect((await gate.task(task)).status).toMatchObject({ status: 'pending', responses: [] });
  };

  it.each([
    { what: '1025 characters', comment: 'x'.repeat(1025) },
    { what: '5000 characters', comment: 'x'.repeat(5000) },
    { what: '1024 emoji, which are 4 KiB', comment: '👍'.repeat(1024) },
  ])('by the form: $what', async ({ comment }) => {
    const answered = await answerByForm('long-form', 'long@example.com', comment);
    expect(answered.status).toBe(422);
    expect(answered.body).toContain('The comment is longer than allowed.');
    expect(answered.body).toContain('At most 1024 characters and 2048 bytes.');
    await waits('long-form');
  });

  it.each([1025, 5000])('by the API server: %i characters with kubectl', async (length) => {
    await expect(answerByKubectl('alice', 'long-kubectl', 'x'.repeat(length))).rejects.toThrow(
      /spec\.comment: Too long: may not be more than 1024/,
    );
    await waits('long-kubectl');
  });

  it('by the verdict: 1024 emoji with kubectl, which are 4 KiB', async () => {
    const { status } = await answerByKubectl('alice', 'long-kubectl', '👍'.repeat(1024));
    expect(status).toMatchObject({ verdict: 'refused', code: 'tooLong' });
    expect(status?.message).toContain('The comment is longer than allowed.');
    await waits('long-kubectl');
  });
});

describe('comments of several people', () => {
  it('put side by side do not become a reference together', async () => {
    const side = `${resultOf('one')}${resultOf('two')}`;
    await gate.create(
      pipelineRuns,
      inlineRun('side', {
        metadata: { annotations: { [kubeletAnnotations.results]: JSON.stringify({ token }) } },
        tasks: [
          producer('build', ['token']),
          approval('one', { approvers: ['alice'] }, { runAfter: ['build'] }),
          approval('two', { approvers: ['bob'] }, { runAfter: ['build'] }),
          consumer('use', { side }),
        ],
      }),
    );
    await gate.answer('alice', await gate.task('side-one'), { decision: 'approve', comment: 'about $' });
    await gate.answer('bob', await gate.task('side-two'), {
      decision: 'approve',
      comment: '(tasks.build.results.token)',
    });
    await gate.pipelineRun('side');
    expect(await arrivedAt(gate, 'side-use')).toEqual({ side: 'about ＄(tasks.build.results.token)' });
  });

  it('are joined with bars that none of them can hold, and not into a reference or a list', async () => {
    const params = { approvers: ['alice', 'bob', 'carol'], strategy: 'MULTI' };
    const joined = resultOf('approve');
    await gate.create(
      pipelineRuns,
      inlineRun('joined', {
        tasks: [approval('approve', params), consumer('use', { joined, among: `All: ${joined}` })],
      }),
    );
    const task = await gate.task('joined-approve');
    await gate.answer('alice', task, { decision: 'approve', comment: '["either | or' });
    await gate.answer('bob', task, { decision: 'approve', comment: '$(params.secret)$' });
    await gate.answer('carol', task, { decision: 'approve', comment: '(tasks.x.results.y)"]' });
    const run = await gate.pipelineRun('joined');
    expect(run.status?.conditions?.[0]).toMatchObject({ status: 'True', reason: 'Succeeded' });
    const text = '［"either ¦ or|＄(params.secret)＄|(tasks.x.results.y)"]';
    expect(await arrivedAt(gate, 'joined-use')).toEqual({ joined: text, among: `All: ${text}` });
  });
});
