import { describe, expect, test } from 'vitest';
import type { Facts, Submission } from './approval.ts';
import { decide } from './decide.ts';
import {
  byKubernetes,
  byLink,
  kubernetesUser,
  openRules,
  someApproval,
  someFacts,
  someTerms,
  start,
} from './fixture.ts';
import { inSecond, loginOnly, robot, timed, verdictOn } from '../../test/builders/verdict.ts';

const alice = kubernetesUser('alice');

describe('an answer is counted', () => {
  const cases: readonly (readonly [string, Submission, Partial<Facts>?])[] = [
    ['of a listed Kubernetes user', byKubernetes(alice)],
    ['behind the link of a listed entry', byLink('alice')],
    [
      'of an address that is listed in other letters',
      byLink('Alice@X.io'),
      { terms: someTerms({ approvers: ['alice@x.io'] }) },
    ],
    [
      'of a member of a listed group',
      byKubernetes(kubernetesUser('carol', ['qa'])),
      { terms: someTerms({ groups: ['qa'] }) },
    ],
    [
      'behind the link that was mailed to a group',
      byLink('qa@x.io'),
      { terms: someTerms({ groups: ['qa@x.io'] }) },
    ],
    [
      'of a name with a comma, whole',
      byKubernetes(kubernetesUser('cn=a,ou=b')),
      { terms: someTerms({ approvers: ['cn=a,ou=b'] }) },
    ],
    [
      'of a robot that the install allows',
      byKubernetes(kubernetesUser(robot)),
      { terms: someTerms({ approvers: [robot] }), rules: { ...openRules, robots: [robot] } },
    ],
    ['by a login where a login is needed', byLink('alice', { assurance: 'login' }), { rules: loginOnly }],
    ['by Kubernetes where a login is needed', byKubernetes(alice), { rules: loginOnly }],
    [
      'without a comment where only rejections need one',
      byKubernetes(alice),
      { terms: someTerms({ commentRequired: 'reject' }) },
    ],
    ['with the longest comment', byKubernetes(alice, { comment: 'x'.repeat(1_024) })],
    [
      'in the last second before the deadline',
      byKubernetes(alice, { createdAt: start + 59_000 }),
      { terms: timed },
    ],
    [
      'made within milliseconds of the task, in the same second',
      byKubernetes(alice, { createdAt: start }),
      { approval: someApproval({ startTime: start + 900 }) },
    ],
    [
      'of an API server whose clock is behind that of the task',
      byKubernetes(alice, { createdAt: start - 1_000 }),
    ],
    [
      'in the second in which its attempt began',
      byKubernetes(alice, { createdAt: start + 62_000 }),
      inSecond,
    ],
    [
      'that names the current attempt',
      byKubernetes(alice, { attempt: 2, createdAt: start + 63_000 }),
      inSecond,
    ],
    [
      'behind a link of the current generation',
      byLink('alice', { linkGeneration: 2, createdAt: start + 63_000 }),
      inSecond,
    ],
    ['for an entry that it names', byKubernetes(alice, { entry: 'alice' })],
  ];
  for (const [name, submission, facts] of cases) {
    test(name, () => {
      expect(verdictOn(submission, facts)).toBe('counted');
    });
  }
});

test('an answer that was counted before is counted again without being added twice, also once the task is settled', () => {
  const submissions = [byKubernetes(alice)];
  const { approval } = decide(someFacts({ submissions }), start);
  const again = decide(someFacts({ approval, submissions: [...submissions, ...submissions] }), start);
  expect(again.verdicts).toEqual([
    { uid: 'decision-1', verdict: 'counted' },
    { uid: 'decision-1', verdict: 'counted' },
  ]);
  expect(again.approval).toBe(approval);
});

test('a Kubernetes answer that claims to be a link is recorded as what it is', () => {
  const identity = { kind: 'link', issuer: 'https://x', subject: 'alice', groups: [] } as const;
  const { approval } = decide(someFacts({ submissions: [byKubernetes(identity)] }), start);
  expect(approval.responses).toMatchObject([
    { identity: { kind: 'kubernetes', issuer: '' }, assurance: 'kubernetes' },
  ]);
});
