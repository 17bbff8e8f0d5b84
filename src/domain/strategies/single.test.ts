import { describe, expect, test } from 'vitest';
import { someTerms } from '../fixture.ts';
import { as, play, user, type Case } from './play.ts';

describe('SINGLE', () => {
  const terms = someTerms();
  const cases: readonly Case[] = [
    ['waits for anyone listed', [], [], 'pending', ['alice', 'bob']],
    ['is settled by the first approval', [user('bob')], ['counted'], 'approved', []],
    ['is settled by the first rejection', [as('reject', user('bob'))], ['counted'], 'rejected'],
    [
      'has one winner in the same instant',
      [as('reject', user('bob')), user('alice')],
      ['counted', 'settled'],
      'rejected',
    ],
    ['is not settled by strangers', [user('mallory'), user('alice')], ['notListed', 'counted'], 'approved'],
  ];
  for (const [name, steps, fates, outcome, awaited = []] of cases) {
    test(name, () => {
      expect(play(terms, steps)).toMatchObject({ fates, outcome, awaited });
    });
  }
});
