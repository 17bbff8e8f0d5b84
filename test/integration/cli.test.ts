import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import { ask, groups, people, titleOf } from './asking.ts';
import { kubeconfigIn, Running, bundledTool, tool, toolAs, written } from './command.ts';
import type { Ended } from './command.ts';
import { openGate, type Gate } from './gate.ts';
import { until } from './until.ts';
import { startBareCluster } from '../control-plane/bare-cluster.ts';
import type { Person } from '../control-plane/people.ts';

let gate: Gate;
beforeAll(async () => {
  gate = await openGate();
  await gate.allow('people', [
    { kind: 'User', name: 'alice' },
    { kind: 'User', name: 'bob' },
    { kind: 'Group', name: 'release-managers' },
  ]);
});
afterAll(async () => gate.close());

/** Runs the tool as that person, in the gate's namespace. */
const as = (person: Person, ...args: string[]): Promise<Ended> => toolAs(person, gate.namespace, args);
const named = ({ metadata }: ApprovalTask): string => metadata.name;

describe('the command-line tool', () => {
  it('lists first what waits for its user, as text and for programs', async () => {
    await ask(gate, 'list-other', { params: people('bob') });
    const mine = await ask(gate, 'list-mine', { params: people('alice', 'bob') });
    const { out } = await as('alice', 'list');
    expect(out.split('\n')[0]).toMatch(/^NAME +STATE +PIPELINE/u);
    expect(out.split('\n')[1]).toMatch(/^list-mine-approve +waits for you +list-mine +alice or bob /u);
    expect(out).toMatch(/list-other-approve +waits +list-other +bob/u);
    const readers = { json: JSON.parse, yaml: load } as const;
    for (const [format, read] of Object.entries(readers)) {
      const list = read((await as('alice', 'list', '-o', format)).out) as { items: ApprovalTask[] };
      expect(list).toMatchObject({ apiVersion: 'v1', kind: 'List' });
      const found = list.items.find(({ metadata }) => metadata.uid === mine.metadata.uid);
      expect(found).toMatchObject({ kind: 'ApprovalTask', spec: mine.spec });
    }
    expect((await as('alice', 'list', '-oname')).out).toContain(
      'approvaltask.tekton.automatiko.io/list-mine-approve\n',
    );
  });

  it('cli-02: shows no personal link, in no form', async () => {
    const params = [...people('alice', 'ann@example.com'), { name: 'strategy', value: 'MULTI' }];
    const task = await ask(gate, 'secret', { params });
    const link = await gate.mailedLink('ann@example.com', task);
    const [, , payload = '', proof = ''] = (link.split('/').at(-1) ?? '').split('.');
    expect([payload.length, proof.length].every((length) => length > 20)).toBe(true);
    const showing = await everyForm(named(task), '');
    for (const { out, err } of showing) {
      expect(out).toContain('secret-approve');
      for (const secret of ['/l/', payload, proof]) expect(out + err).not.toContain(secret);
    }
    const [approved, refused] = [
      await as('alice', 'approve', named(task), '-y', '-m', `See ${link}`),
      await as('alice', 'approve', named(task), '-y', '-m', `See ${link}`),
    ];
    expect([approved.code, refused.code]).toEqual([0, 3]);
    // Whoever pastes it into a comment has given it away in the stored object, and there alone.
    const pasted = await everyForm(named(task), '--all');
    for (const { out, err } of [approved, refused, ...pasted])
      for (const secret of [payload, proof]) expect(out + err).not.toContain(secret);
    expect((await as('alice', 'describe', named(task))).out).toContain('  | See http');
    expect((await as('alice', 'list', '-o', 'json')).out).toContain(link);
  });

  /** All that is printed of a request as text; and as json and yaml, unless it holds what was pasted. */
  async function everyForm(name: string, all: '' | '--all'): Promise<Ended[]> {
    const watching = new Running(bundledTool, ['list', '--watch', '-o', 'wide', '-n', gate.namespace], {
      KUBECONFIG: inject('controlPlane').users.alice,
    });
    await until('the list', async () => watching.out.includes(name));
    const formats = all === '' ? ['wide', 'name', 'json', 'yaml'] : ['wide', 'name'];
    const lists = formats.map((format) => ['list', '-o', format, ...(all === '' ? [] : [all])]);
    return [
      await watching.interrupt(),
      ...(await Promise.all(
        [['list'], ...lists, ['describe', name], ['verify', name]].map((args) => as('alice', ...args)),
      )),
      await tool(['__complete', 'describe', '-n', gate.namespace, 'secret'], {
        KUBECONFIG: inject('controlPlane').users.alice,
      }),
    ];
  }

  it('describes a request, and whether its user may answer', async () => {
    const task = await ask(gate, 'describe', {
      params: [...people('alice'), { name: 'context', value: ['a=b'] }],
    });
    const { out } = await as('alice', 'describe', named(task));
    expect(out).toContain(`Request:        ${titleOf(task)}\n`);
    expect(out).toContain('  | a: b\n');
    expect(out).toContain('You are alice. You may answer.\n');
    expect((await as('bob', 'describe', 'describe/approve')).out).toContain(
      'By that name you are not an approver',
    );
    expect(
      (
        await tool(['describe', named(task), '--as', 'nobody', '-n', gate.namespace], {
          KUBECONFIG: inject('controlPlane').kubeconfig,
        })
      ).code,
    ).toBe(7);
  });

  it('approves, and the pipeline goes on', async () => {
    const task = await ask(gate, 'approve', { params: people('alice') });
    const ended = await as('alice', 'approve', named(task), '-y', '-m', 'Fine.');
    expect(ended).toMatchObject({ code: 0, err: '' });
    expect(ended.out).toContain(`${titleOf(task)}: your approval counts. It was approved by alice at `);
    const settled = await gate.task(named(task), ({ status }) => status?.outcome !== undefined);
    expect(settled.status?.responses).toMatchObject([
      { person: 'alice', comment: 'Fine.', via: 'kubernetes', attempt: 1 },
    ]);
    expect((await gate.pipelineRun('approve')).status?.skippedTasks).toMatchObject([{ name: 'stop' }]);
    const verified = await as('alice', 'verify', named(task));
    expect(verified).toEqual({
      code: 10,
      out: expect.stringMatching(/: 1 record, all of which fit\. Audit digest [0-9a-f]{64}\n$/u),
      err: 'Not compared with the CustomRun: you may not read it\nNot compared with the PipelineRun: you may not read it\n',
    });
  });

  it('rejects several requests at once, each with its own line', async () => {
    const one = await ask(gate, 'both-one', { params: people('alice') });
    const two = await ask(gate, 'both-two', {
      params: [...people('alice'), { name: 'commentRequired', value: 'reject' }],
    });
    const missing = await as('alice', 'reject', named(two), '-y');
    expect(missing).toMatchObject({
      code: 2,
      err: `${titleOf(two)} needs a comment with a rejection: give --message TEXT\n`,
    });
    const { code, out } = await as('alice', 'reject', named(one), 'both-two/approve', '-y', '-m', 'No.');
    expect(code).toBe(0);
    const lines = out.trimEnd().split('\n');
    expect(lines.every((line) => line.includes('your rejection counts. It was rejected by alice'))).toBe(
      true,
    );
    expect(lines).toHaveLength(2);
  });

  it('answers for a group of its user, and says for whom it still waits', async () => {
    const params = [...groups('release-managers', 'team-b'), { name: 'strategy', value: 'MULTI' }];
    const task = await ask(gate, 'groups', { params });
    const ended = await as('erin', 'approve', named(task), '-y');
    expect(ended.out).toBe(`${titleOf(task)}: your approval counts. It still waits for anyone in team-b.\n`);
    const again = await as('erin', 'approve', named(task), '-y');
    expect(again).toMatchObject({
      code: 3,
      err: expect.stringContaining('your approval did not count. This approval was already given'),
    });
  });
});

describe('which cluster, and as whom', () => {
  it('is what several kubeconfigs say together, some of which are not there', async () => {
    const task = await ask(gate, 'merged', { params: people('alice') });
    const { clusters, users, contexts } = kubeconfigIn(inject('controlPlane').users.alice);
    const [cluster, context] = [clusters[0], contexts[0]];
    const stale = { name: users[0]?.name, user: { token: 'stale' } };
    const KUBECONFIG = [
      '/nowhere/config',
      written('first', { users, contexts: [] }),
      written('second', {
        'current-context': 'work',
        clusters: [{ name: 'near', cluster: cluster?.cluster }],
        users: [stale],
        contexts: [
          { name: 'work', context: { ...context?.context, cluster: 'near', namespace: gate.namespace } },
        ],
      }),
      written('third', {
        'current-context': 'other',
        clusters: [{ name: 'near', cluster: { server: 'https://nowhere' } }],
      }),
    ].join(':');
    const ended = await tool(['approve', named(task), '-y'], { KUBECONFIG });
    expect(ended).toMatchObject({ code: 0, out: expect.stringContaining('your approval counts') });
  });

  it('is what a credential plugin says, told as kubectl tells it', async () => {
    const task = await ask(gate, 'plugin', { params: groups('release-managers') });
    const config = kubeconfigIn(inject('controlPlane').users.erin);
    const token = String(config.users[0]?.user['token']);
    const plugin = written(
      'plugin',
      `#!/bin/sh\ncase "$KUBERNETES_EXEC_INFO" in *'"interactive":false'*) ;; *) exit 9 ;; esac\nprintf '{"apiVersion":"%s","kind":"ExecCredential","status":{"token":"%s"}}' "$1" "$TOKEN"\n`,
      0o700,
    );
    const apiVersion = 'client.authentication.k8s.io/v1';
    const env = [{ name: 'TOKEN', value: token }];
    const exec = { apiVersion, command: plugin, args: [apiVersion], env, interactiveMode: 'IfAvailable' };
    const users = [{ name: config.users[0]?.name, user: { exec } }];
    const ended = await tool(['reject', named(task), '-y', '-n', gate.namespace], {
      KUBECONFIG: written('kubeconfig', { ...config, users }),
    });
    expect(ended).toMatchObject({ code: 0, out: expect.stringContaining('It was rejected by erin') });
  });

  it('is somebody else with several groups where an administrator acts for them', async () => {
    const task = await ask(gate, 'acting', { params: groups('release-managers') });
    const KUBECONFIG = inject('controlPlane').kubeconfig;
    const acting = ['--as', 'mallory', '--as-group', 'team-a', '--as-group', 'release-managers'];
    const ended = await tool(['approve', named(task), '-y', '-n', gate.namespace, ...acting], { KUBECONFIG });
    expect(ended).toMatchObject({ code: 0, out: expect.stringContaining('It was approved by mallory') });
    const nobody = await tool(['list', '-n', gate.namespace, '--as', 'mallory'], { KUBECONFIG });
    expect(nobody).toMatchObject({
      code: 7,
      err: expect.stringContaining('No rights: mallory may not list'),
    });
  });

  it('is nobody where a token is not known, and nowhere where nothing answers', async () => {
    const config = kubeconfigIn(inject('controlPlane').users.alice);
    const users = [{ name: config.users[0]?.name, user: { token: 'forged' } }];
    const unknown = await tool(['list'], { KUBECONFIG: written('kubeconfig', { ...config, users }) });
    expect(unknown).toMatchObject({ code: 7, err: expect.stringMatching(/^No rights: .* \(401\).*\n$/u) });
    const clusters = [{ name: config.clusters[0]?.name, cluster: { server: 'https://127.0.0.1:1' } }];
    const silent = await tool(['list'], { KUBECONFIG: written('kubeconfig', { ...config, clusters }) });
    expect(silent).toMatchObject({
      code: 6,
      err: expect.stringMatching(/^No cluster: https:\/\/127.0.0.1:1: .*\n$/u),
    });
    expect(await tool(['list'], { KUBECONFIG: '/nowhere/config' })).toMatchObject({
      code: 6,
      err: 'No cluster: No Kubernetes API server configured: set KUBECONFIG, or give --kubeconfig FILE\n',
    });
  });
});

describe('a cluster without Tekton Approvals', () => {
  it('is told as such to everybody, with rights and without', async () => {
    const bare = await startBareCluster();
    try {
      for (const user of ['admin', 'alice']) {
        const acting = user === 'admin' ? [] : ['--as', user];
        expect(await tool(['list', ...acting], { KUBECONFIG: bare.kubeconfig })).toMatchObject({
          code: 8,
          out: '',
          err: expect.stringMatching(
            /^Not installed: https:\S+ has no ApprovalTasks; Tekton Approvals must be installed there\n$/u,
          ),
        });
      }
    } finally {
      await bare.stop();
    }
  });
});

describe('what takes time', () => {
  it('is shown as it happens with --watch', async () => {
    const watching = new Running(bundledTool, ['list', '--watch', '-n', gate.namespace], {
      KUBECONFIG: inject('controlPlane').users.alice,
    });
    await until('the list', async () => watching.out.includes('NAME'));
    const task = await ask(gate, 'watched', { params: people('alice') });
    await until('the new request', async () => /watched-approve +waits for you/u.test(watching.out));
    await gate.answer('alice', task, { decision: 'approve' });
    await until('its end', async () => /watched-approve +approved/u.test(watching.out));
    expect(await watching.interrupt()).toMatchObject({ err: '' });
  });

  it('is said where no operator decides, and the answer counts once it is back', async () => {
    const task = await ask(gate, 'alone', { params: people('alice') });
    await gate.stopOperator();
    const ended = await as('alice', 'approve', named(task), '-y', '--wait', '1s');
    expect(ended).toMatchObject({
      code: 4,
      out: '',
      err: expect.stringContaining('not yet counted: no verdict within 1 s'),
    });
    await gate.startOperator();
    const settled = await gate.task(named(task), ({ status }) => status?.outcome !== undefined);
    expect(settled.status?.outcome).toBe('approved');
  });
});
