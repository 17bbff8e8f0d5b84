import { describe, expect, test } from 'vitest';
import type { Requester, Submission } from './approval.ts';
import { decide } from './decide.ts';
import { directoryOf } from './directory.ts';
import {
  byKubernetes,
  byLink,
  knownAs,
  kubernetesUser,
  openRules,
  someFacts,
  someTerms,
  start,
} from './fixture.ts';
import { isProvenPerson } from './requester.ts';

const rules = { ...openRules, requesterMayNotApprove: true };
const directory = directoryOf({
  persons: [
    knownAs('alice-p', { emails: ['alice@x.io'], kubernetesUsers: ['u1'] }),
    knownAs('bob-p', { emails: ['bob@x.io'], kubernetesUsers: ['u2'] }),
  ],
  groups: [{ name: 'qa@x.io', members: ['alice-p'] }],
});
const stamped = (name: string): Requester => ({ name, certainty: 'stamped' });

function fateOf(submission: Submission, requester: Requester, more: object = {}): string {
  const terms = someTerms({ approvers: ['alice@x.io', 'bob-p', 'u1', 'carol', 'dave@x.io'] });
  const { verdicts } = decide(
    someFacts({ terms, rules, requester, directory, submissions: [submission], ...more }),
    start,
  );
  const [verdict] = verdicts;
  return verdict?.verdict === 'refused' ? verdict.code : 'counted';
}

describe('H49: where the requester may not approve, an approval', () => {
  test.each<[string, Submission, Requester, string]>([
    [
      'of the requester with kubectl',
      byKubernetes(kubernetesUser('u1')),
      stamped('u1'),
      'requesterMayNotApprove',
    ],
    ['of the requester by mail', byLink('alice@x.io'), stamped('u1'), 'requesterMayNotApprove'],
    [
      'of the requester, whose user is spelt otherwise',
      byKubernetes(kubernetesUser('u1')),
      stamped('U1'),
      'requesterMayNotApprove',
    ],
    [
      'of a requester who is in no directory',
      byKubernetes(kubernetesUser('carol')),
      stamped('carol'),
      'requesterMayNotApprove',
    ],
    ['of another known person by mail', byLink('bob-p'), stamped('u1'), 'counted'],
    ['of another user', byKubernetes(kubernetesUser('carol')), stamped('u1'), 'counted'],
    ['of a stranger by mail', byLink('dave@x.io'), stamped('u1'), 'cannotTellApart'],
    ['by mail of a run that a stranger started', byLink('bob-p'), stamped('u9'), 'cannotTellApart'],
    [
      'of a run of which it is not known who started it',
      byLink('bob-p'),
      { name: '', certainty: 'unknown' },
      'cannotTellApart',
    ],
    [
      'of a run of which it is only said who started it',
      byLink('bob-p'),
      { name: 'u1', certainty: 'asserted' },
      'cannotTellApart',
    ],
    [
      'by whom a run is only said to be started',
      byLink('alice@x.io'),
      { name: 'u1', certainty: 'asserted' },
      'requesterMayNotApprove',
    ],
    [
      'of a run that a machine started',
      byLink('bob-p'),
      stamped('system:serviceaccount:ci:bot'),
      'cannotTellApart',
    ],
  ])('%s', (...[, submission, requester, fate]) => {
    expect(fateOf(submission, requester)).toBe(fate);
  });

  test('by a link that a group shares cannot be told from the requester', () => {
    for (const group of ['ops@x.io', 'bob@x.io']) {
      const terms = someTerms({ groups: [group] });
      expect(fateOf(byLink(group), stamped('u1'), { terms })).toBe('cannotTellApart');
    }
  });

  test('names in its refusal who started the run', () => {
    const { verdicts } = decide(
      someFacts({
        terms: someTerms({ approvers: ['dave@x.io'] }),
        rules,
        requester: stamped('u1'),
        directory,
        submissions: [byLink('dave@x.io')],
      }),
      start,
    );
    expect(verdicts).toMatchObject([
      { message: expect.stringContaining('The other one is u1, who started this run.') },
    ]);
  });
});

test('the requester may reject, and may approve where the rule is off', () => {
  const own = byKubernetes(kubernetesUser('u1'));
  expect(fateOf({ ...own, decision: 'reject' }, stamped('u1'))).toBe('counted');
  expect(fateOf(own, stamped('u1'), { rules: openRules })).toBe('counted');
});

test.each<[Requester, boolean]>([
  [stamped('u1'), true],
  [stamped(' '), false],
  [stamped('system:serviceaccount:tekton:trigger'), false],
  [stamped('system:anonymous'), false],
  [{ name: 'u1', certainty: 'asserted' }, false],
  [{ name: '', certainty: 'unknown' }, false],
])('%j is a proven person: %j', (requester, isProven) => {
  expect(isProvenPerson(requester)).toBe(isProven);
});
