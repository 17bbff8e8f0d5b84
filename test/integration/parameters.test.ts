import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiVersion } from '../../src/api/names.ts';
import { approvalTasks, customRuns } from '../../src/api/resources.ts';
import { openGate, type Gate } from './gate.ts';

/** Every mistake ends the run on a real API server with Tekton's admission, with a message that names it. */

let gate: Gate;
beforeAll(async () => {
  gate = await openGate({ standalone: true });
});
afterAll(async () => gate.close());

type Param = [name: string, value: unknown];
let count = 0;

async function endOf(
  params: Param[],
  spec: object = {},
): Promise<{ reason: string; message: string; name: string }> {
  const name = `mistake-${String((count += 1))}`;
  await gate.create(customRuns, {
    apiVersion: 'tekton.dev/v1beta1',
    kind: 'CustomRun',
    metadata: { name },
    spec: {
      customRef: { apiVersion, kind: 'ApprovalTask', name: 'any' },
      params: params.map(([param, value]) => ({ name: param, value })),
      ...spec,
    },
  });
  const run = await gate.customRun(name);
  const { reason = '', message = '' } = run.status?.conditions?.[0] ?? {};
  return { reason, message, name };
}

const alice: Param = ['approvers', ['alice']];

describe('a wrong parameter ends the run, names itself, and asks nobody', () => {
  it.each<{ mistake: string; params: Param[]; spec?: object; says: string[] }>([
    { mistake: 'nobody to ask', params: [], says: ['approvers', 'groups'] },
    { mistake: 'an empty list', params: [['approvers', []]], says: ['approvers'] },
    { mistake: 'an empty entry', params: [['approvers', ['alice', '']]], says: ['approvers'] },
    {
      mistake: 'an unknown parameter',
      params: [alice, ['approver', 'bob']],
      says: ['approver', 'did you mean approvers'],
    },
    // Two that differ by case alone are refused by Tekton's own admission.
    {
      mistake: 'two names that differ only by a blank',
      params: [alice, ['approvers ', ['bob']]],
      says: ['approvers'],
    },
    {
      mistake: 'a strategy in lower case',
      params: [alice, ['strategy', 'four_eyes']],
      says: ['strategy', 'FOUR_EYES'],
    },
    {
      mistake: 'an unknown strategy',
      params: [alice, ['strategy', 'ANY']],
      says: ['strategy', 'SINGLE, MULTI, FOUR_EYES'],
    },
    { mistake: 'FOUR_EYES of one person', params: [alice, ['strategy', 'FOUR_EYES']], says: ['FOUR_EYES'] },
    {
      mistake: 'FOUR_EYES of one person spelt twice',
      params: [
        ['approvers', ['a@x.io', 'A+b@x.io']],
        ['strategy', 'FOUR_EYES'],
      ],
      says: ['FOUR_EYES'],
    },
    {
      mistake: 'FOUR_EYES of mail groups without a login',
      params: [
        ['groups', ['team@x.io', 'ops@x.io']],
        ['strategy', 'FOUR_EYES'],
      ],
      says: ['groups'],
    },
    {
      mistake: 'MULTI of one person named twice',
      params: [
        ['approvers', ['bob', 'bob']],
        ['strategy', 'MULTI'],
      ],
      says: ['approvers'],
    },
    { mistake: 'an address with two at-signs', params: [['approvers', ['a@b@c.io']]], says: ['a@b@c.io'] },
    { mistake: 'a quoted address', params: [['approvers', ['"a b"@c.io']]], says: ['approvers'] },
    {
      mistake: 'a line feed in an address',
      params: [['approvers', ['a@c.io\nBcc: b@c.io']]],
      says: ['approvers'],
    },
    {
      mistake: 'a reference that was not resolved',
      params: [['approvers', ['$(tasks.a.results.b)']]],
      says: ['approvers'],
    },
    {
      mistake: 'onReject misspelt',
      params: [alice, ['onReject', 'stop']],
      says: ['onReject', 'continue', 'fail'],
    },
    {
      mistake: 'commentRequired misspelt',
      params: [alice, ['commentRequired', 'yes']],
      says: ['commentRequired', 'never'],
    },
    { mistake: 'a timeout that is no duration', params: [alice, ['timeout', '1d']], says: ['timeout'] },
    { mistake: 'a negative timeout', params: [alice, ['timeout', '-1h']], says: ['timeout'] },
    {
      mistake: 'a negative timeout of the run, which Tekton lets pass',
      params: [alice],
      spec: { timeout: '-1h' },
      says: ['spec.timeout', 'negative'],
    },
    { mistake: 'too many retries', params: [alice], spec: { retries: 11 }, says: ['retries', '10'] },
    {
      mistake: 'too many people',
      params: [['approvers', Array.from({ length: 101 }, (_, at) => `p${String(at)}`)]],
      says: ['approvers', '100'],
    },
    {
      mistake: 'a description that is too long',
      params: [alice, ['description', 'x'.repeat(4097)]],
      says: ['description', '4096'],
    },
    {
      mistake: 'a context line without a name',
      params: [alice, ['context', ['no equals sign']]],
      says: ['context'],
    },
    {
      mistake: 'a resolver',
      params: [alice],
      spec: { customRef: { apiVersion, kind: 'ApprovalTask', resolver: 'git' } },
      says: ['resolver'],
    },
  ])('$mistake', async ({ params, spec, says }) => {
    const { reason, message, name } = await endOf(params, spec);
    expect(reason).toBe('InvalidParameters');
    for (const text of says) expect(message).toContain(text);
    expect(await gate.read(approvalTasks, name)).toBeUndefined();
  });

  it('several mistakes are told at once', async () => {
    const { message } = await endOf([
      ['strategy', 'ALL'],
      ['timeout', 'soon'],
      ['colour', 'red'],
    ]);
    for (const field of ['strategy', 'timeout', 'colour', 'approvers']) expect(message).toContain(field);
  });

  it('the same field in params and in an embedded spec', async () => {
    const customSpec = { apiVersion, kind: 'ApprovalTask', spec: { approvers: ['bob'] } };
    const { reason, message } = await endOf([alice], { customRef: undefined, customSpec });
    expect(reason).toBe('InvalidParameters');
    expect(message).toContain('approvers');
  });
});

describe('what is not a mistake', () => {
  it('somebody whom no channel reaches: the gate opens, and says whom nobody tells', async () => {
    await gate.create(customRuns, {
      apiVersion: 'tekton.dev/v1beta1',
      kind: 'CustomRun',
      metadata: { name: 'unreachable' },
      spec: {
        customRef: { apiVersion, kind: 'ApprovalTask', name: 'any' },
        params: [{ name: 'approvers', value: ['alice', 'ann@example.com'] }],
      },
    });
    const task = await gate.task('unreachable');
    expect(task.status?.unreachable).toEqual(['alice']);
    const run = await gate.customRun('unreachable', ({ status }) => status?.conditions?.[0] !== undefined);
    expect(run.status?.conditions?.[0]).toMatchObject({ status: 'Unknown', reason: 'WaitingForApproval' });
    expect(run.status?.conditions?.[0]?.message).toContain('No channel reaches alice');
    await gate.mail.waitFor(({ to }) => to.includes('ann@example.com'));
  });

  it('an embedded spec with references to the params of the run', async () => {
    const customSpec = {
      apiVersion,
      kind: 'ApprovalTask',
      spec: { approvers: ['$(params.who)'], description: 'Ship $(params.what[0])?' },
    };
    await gate.create(customRuns, {
      apiVersion: 'tekton.dev/v1beta1',
      kind: 'CustomRun',
      metadata: { name: 'embedded' },
      spec: {
        customSpec,
        params: [
          { name: 'who', value: 'alice' },
          { name: 'what', value: ['this', 'that'] },
        ],
      },
    });
    const task = await gate.task('embedded');
    expect(task.spec).toMatchObject({ approvers: ['alice'], description: 'Ship this?' });
  });
});
