import { describe, expect, test } from 'vitest';
import type { Terms } from './approval.ts';
import { someTerms } from './fixture.ts';
import { play, user, type Step } from './strategies/play.ts';

describe('the label responses', () => {
  const cases: readonly (readonly [string, Terms, readonly Step[], string])[] = [
    ['starts at none of all', someTerms({ approvers: ['a', 'b', 'c'] }), [], '0_of_3'],
    ['counts the one answer of SINGLE', someTerms({ approvers: ['a', 'b', 'c'] }), [user('b')], '1_of_3'],
    ['counts groups where they are listed', someTerms({ groups: ['qa'] }), [], '0_of_1'],
    ['has one slot where nobody is listed', someTerms({ approvers: [] }), [], '0_of_1'],
    [
      'never counts more than there are',
      someTerms({ strategy: 'FOUR_EYES', groups: ['qa'] }),
      [user('a', 'qa'), user('b', 'qa')],
      '1_of_1',
    ],
  ];
  for (const [name, terms, steps, label] of cases) {
    test(name, () => {
      expect(play(terms, steps).label).toBe(label);
    });
  }
});
