import { describe, expect, test } from 'vitest';
import type { Approval, Response, Strategy } from './approval.ts';
import { kubernetesUser, someApproval, someTerms, start } from './fixture.ts';
import { results, resultsWithoutApproval } from './results.ts';

function response(person: string, rest: Partial<Response> = {}): Response {
  return {
    decisionUid: person,
    attempt: 1,
    step: 1,
    entry: person,
    person,
    identity: kubernetesUser(person),
    decision: 'approve',
    comment: `${person} says`,
    time: start,
    via: 'kubernetes',
    assurance: 'kubernetes',
    ...rest,
  };
}

function rendered(strategy: Strategy, approval: Partial<Approval>): ReturnType<typeof results> {
  return results(someTerms({ strategy }), someApproval(approval), 'head');
}

const no = { decision: 'reject' } as const;

describe('results', () => {
  const cases: readonly (readonly [string, Strategy, Partial<Approval>, object])[] = [
    [
      'a SINGLE approval, a name with a bar kept whole',
      'SINGLE',
      { outcome: 'approved', responses: [response('auth0|12')] },
      {
        decision: 'true',
        comment: 'auth0|12 says',
        approvedBy: 'auth0|12',
        rejectedBy: '',
        outcome: 'approved',
        approvers: '["auth0|12"]',
        auditDigest: 'head',
      },
    ],
    [
      'a SINGLE rejection',
      'SINGLE',
      { outcome: 'rejected', responses: [response('al', no)] },
      {
        decision: 'false',
        comment: 'al says',
        approvedBy: '',
        rejectedBy: 'al',
        outcome: 'rejected',
        approvers: '',
        auditDigest: 'head',
      },
    ],
    [
      'a MULTI approval, joined and aligned, empty comments kept',
      'MULTI',
      {
        outcome: 'approved',
        responses: [response('al', { comment: '' }), response('b|o', { comment: 'x|y' }), response('cy')],
      },
      {
        decision: 'true',
        comment: '|x\u00a6y|cy says',
        approvedBy: 'al|b\u00a6o|cy',
        rejectedBy: '',
        approvers: '["al","b|o","cy"]',
      },
    ],
    [
      'a MULTI rejection, whose comment is the last part',
      'MULTI',
      { outcome: 'rejected', responses: [response('al'), response('bo', no)] },
      {
        decision: 'false',
        comment: 'al says|bo says',
        approvedBy: 'al',
        rejectedBy: 'bo',
        approvers: '["al"]',
      },
    ],
    [
      'a MULTI approval by one member of two groups, named once among the approvers',
      'MULTI',
      { outcome: 'approved', responses: [response('al'), response('al')] },
      { approvedBy: 'al|al', approvers: '["al"]' },
    ],
    [
      'a FOUR_EYES approval, with the comment of the last step only',
      'FOUR_EYES',
      { outcome: 'approved', responses: [response('al'), response('bo', { step: 2 })] },
      { decision: 'true', comment: 'bo says', approvedBy: 'al|bo', rejectedBy: '', approvers: '["al","bo"]' },
    ],
    [
      'a FOUR_EYES rejection in step two, which still names the first person',
      'FOUR_EYES',
      { outcome: 'rejected', responses: [response('al'), response('bo', { step: 2, ...no })] },
      { decision: 'false', comment: 'bo says', approvedBy: 'al', rejectedBy: 'bo', approvers: '["al"]' },
    ],
    [
      'an end without any answer: every result, none missing',
      'MULTI',
      { outcome: 'cancelled' },
      {
        decision: 'false',
        comment: '',
        approvedBy: '',
        rejectedBy: '',
        outcome: 'cancelled',
        approvers: '',
        auditDigest: 'head',
      },
    ],
    [
      'only the attempt that settled',
      'MULTI',
      { outcome: 'timedOut', attempt: 2, responses: [response('al'), response('bo', { attempt: 2 })] },
      { decision: 'false', comment: 'bo says', approvedBy: 'bo', approvers: '["bo"]', outcome: 'timedOut' },
    ],
  ];
  for (const [name, strategy, approval, expected] of cases) {
    test(`of ${name}`, () => {
      expect(rendered(strategy, approval)).toMatchObject(expected);
    });
  }

  test('a comment cannot fetch another task\u2019s result, nor become an array', () => {
    const attack = response('$(tasks.build.results.token)', { comment: '["x"]' });
    const all = rendered('SINGLE', { outcome: 'approved', responses: [attack] });
    expect(all.comment).toBe('\uff3b"x"]');
    expect(all.approvedBy).toBe('\uff04(tasks.build.results.token)');
    expect(all.approvers).toBe('["\uff04(tasks.build.results.token)"]');
  });

  test('two comments cannot become an array together', () => {
    const responses = [response('al', { comment: '["a' }), response('bo', { comment: 'b"]' })];
    expect(rendered('MULTI', { outcome: 'approved', responses }).comment).toBe('\uff3b"a|b"]');
  });
});

test.each(['cancelled', 'invalid'] as const)(
  'a run that ended as %s without an approval has every result, and no decision',
  (outcome) => {
    const all = resultsWithoutApproval(outcome);
    expect(Object.keys(all)).toEqual(Object.keys(rendered('SINGLE', {})));
    expect(all).toMatchObject({ decision: 'false', outcome, approvedBy: '', approvers: '' });
  },
);
