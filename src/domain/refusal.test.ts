import { describe, expect, test } from 'vitest';
import type { Facts, Submission } from './approval.ts';
import { decide } from './decide.ts';
import {
  byKubernetes,
  byLink,
  kubernetesUser,
  minute,
  openRules,
  someApproval,
  someFacts,
  someSubmission,
  someTerms,
  start,
} from './fixture.ts';
import type { RefusalCode } from './refusal.ts';
import { inSecond, loginOnly, robot, timed, verdictOn } from '../../test/builders/verdict.ts';

const alice = kubernetesUser('alice');
const settled = someApproval({ outcome: 'timedOut', completionTime: start + 62_000 });

describe('an answer is refused', () => {
  const cases: readonly (readonly [RefusalCode, string, Submission, Partial<Facts>?])[] = [
    ['settled', 'once the task is settled', byKubernetes(alice), { approval: settled }],
    [
      'settled',
      'once the task is settled, whatever else is wrong with it',
      byKubernetes(alice, { fits: false, comment: 'x'.repeat(9_999) }),
      { approval: settled },
    ],
    [
      'settled',
      'once the task is settled, also while its proof is unknown',
      someSubmission({ kind: 'unknown' }),
      { approval: settled },
    ],
    ['wrongTask', 'to an older task of the same name', byKubernetes(alice, { fits: false })],
    [
      'badSeal',
      'that claims the form without its seal',
      someSubmission({ kind: 'badSeal' }, { via: 'link' }),
    ],
    [
      'badSeal',
      'of a Kubernetes user that claims to come from the form',
      someSubmission({ kind: 'vouched', identity: alice }, { via: 'web' }),
    ],
    ['identityNotProven', 'while the identity policy does not hold', someSubmission({ kind: 'notProven' })],
    [
      'identityNotProven',
      'through Kubernetes with a seal instead of the policy',
      { ...byLink('alice'), via: 'kubernetes' },
    ],
    [
      'late',
      'in the second of the deadline',
      byKubernetes(alice, { createdAt: start + 60_000 }),
      { terms: timed },
    ],
    [
      'late',
      'after the deadline of the attempt that it names',
      byKubernetes(alice, { attempt: 2, createdAt: start + 123_000 }),
      inSecond,
    ],
    ['late', 'between two attempts', byKubernetes(alice, { createdAt: start + 61_000 }), inSecond],
    [
      'superseded',
      'in time for an earlier attempt',
      byKubernetes(alice, { createdAt: start + 59_000 }),
      inSecond,
    ],
    [
      'superseded',
      'that names an earlier attempt',
      byKubernetes(alice, { attempt: 1, createdAt: start + 63_000 }),
      inSecond,
    ],
    [
      'superseded',
      'that names an attempt yet to come',
      byKubernetes(alice, { attempt: 2 }),
      { terms: timed },
    ],
    [
      'superseded',
      'made for an attempt before it began',
      byKubernetes(alice, { attempt: 2, createdAt: start + 61_000 }),
      inSecond,
    ],
    [
      'superseded',
      'behind a link of an older generation',
      byLink('alice', { createdAt: start + 63_000 }),
      inSecond,
    ],
    [
      'notAPerson',
      'of a service account',
      byKubernetes(kubernetesUser(robot)),
      { terms: someTerms({ approvers: [robot] }) },
    ],
    [
      'notAPerson',
      'of a service account in a listed group',
      byKubernetes(kubernetesUser(robot, ['qa'])),
      { terms: someTerms({ groups: ['qa'] }) },
    ],
    [
      'notAPerson',
      'of a node',
      byKubernetes(kubernetesUser('system:node:n1')),
      { terms: someTerms({ approvers: ['system:node:n1'] }) },
    ],
    [
      'notAPerson',
      'of nobody',
      byKubernetes(kubernetesUser('system:anonymous')),
      { terms: someTerms({ approvers: ['system:anonymous'] }) },
    ],
    [
      'notAPerson',
      'of a user without a name',
      byKubernetes(kubernetesUser(' ', ['qa'])),
      { terms: someTerms({ groups: ['qa'] }) },
    ],
    [
      'notAPerson',
      'of an allowed robot to FOUR_EYES',
      byKubernetes(kubernetesUser(robot)),
      {
        terms: someTerms({ strategy: 'FOUR_EYES', approvers: [robot, 'bob'] }),
        rules: { ...openRules, robots: [robot] },
      },
    ],
    ['notListed', 'of somebody else', byKubernetes(kubernetesUser('mallory'))],
    ['notListed', 'of a user name in other letters', byKubernetes(kubernetesUser('Alice'))],
    ['notListed', 'of an address where a bare name is listed', byLink('alice@x.io')],
    [
      'notListed',
      'of a look-alike with the Kelvin sign',
      byLink('\u212aim@x.io'),
      { terms: someTerms({ approvers: ['kim@x.io'] }) },
    ],
    [
      'notListed',
      'of one part of a listed name with a comma',
      byKubernetes(kubernetesUser('ou=b')),
      { terms: someTerms({ approvers: ['cn=a,ou=b'] }) },
    ],
    [
      'notListed',
      'of a listed person where groups are listed too',
      byKubernetes(alice),
      { terms: someTerms({ groups: ['qa'] }) },
    ],
    [
      'notListed',
      'of a user whose name is that of a listed group',
      byKubernetes(kubernetesUser('qa')),
      { terms: someTerms({ groups: ['qa'] }) },
    ],
    [
      'notListed',
      'of a user whose group has the name of a listed person',
      byKubernetes(kubernetesUser('mallory', ['alice'])),
    ],
    ['notListed', 'for an entry that is not the author\u2019s own', byLink('alice', { entry: 'bob' })],
    [
      'notListed',
      'where nobody is listed at all',
      byKubernetes(alice),
      { terms: someTerms({ approvers: [] }) },
    ],
    ['assuranceTooLow', 'behind a mere link where a login is needed', byLink('alice'), { rules: loginOnly }],
    [
      'commentRequired',
      'without the comment that every answer needs',
      byKubernetes(alice),
      { terms: someTerms({ commentRequired: 'always' }) },
    ],
    [
      'commentRequired',
      'with a comment that shows nothing',
      byKubernetes(alice, { decision: 'reject', comment: ' \u200b\n' }),
      { terms: someTerms({ commentRequired: 'reject' }) },
    ],
    ['tooLong', 'with a comment of a megabyte', byKubernetes(alice, { comment: 'x'.repeat(1_000_000) })],
    [
      'tooLong',
      'with a comment of more than 2 KiB in few characters',
      byKubernetes(alice, { comment: '\u20ac'.repeat(1_000) }),
    ],
  ];
  for (const [code, name, submission, facts] of cases) {
    test(`as ${code}: ${name}`, () => {
      expect(verdictOn(submission, facts)).toBe(code);
    });
  }

  test('with the reason that comes first, so that an unproven author learns nothing about the list', () => {
    const stranger = { comment: 'x'.repeat(9_999), createdAt: start + minute };
    expect(verdictOn(someSubmission({ kind: 'notProven' }, stranger), { terms: timed })).toBe(
      'identityNotProven',
    );
  });

  test('as already given in words that are true for a member whose group somebody else answered for', () => {
    const terms = someTerms({ strategy: 'MULTI', groups: ['ops', 'qa'] });
    const submissions = ['ann', 'ben'].map((name, index) =>
      byKubernetes(kubernetesUser(name, ['ops']), { order: index + 1 }),
    );
    const { verdicts } = decide(someFacts({ terms, submissions }), start);
    expect(verdicts[1]).toMatchObject({
      code: 'alreadyAnswered',
      message:
        'This approval was already given, by you or for your group. Another one adds nothing; you may still reject.',
    });
  });

  test('as settled in words that name the outcome, who and when', () => {
    const { approval } = decide(
      someFacts({ submissions: [byKubernetes(alice, { decision: 'reject' })] }),
      start,
    );
    const { verdicts } = decide(someFacts({ approval, submissions: [byLink('bob', { order: 2 })] }), start);
    expect(verdicts).toMatchObject([
      {
        code: 'settled',
        message: 'The request was already settled. It was rejected by alice at 2026-01-01T00:00:01Z.',
      },
    ]);
  });
});
