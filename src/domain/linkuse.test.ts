import { describe, expect, it } from 'vitest';
import { someTerms } from './fixture.ts';
import { linkUse } from './linkuse.ts';

describe('what a mailed link is good for', () => {
  const group = { groups: ['team@example.com'] };
  it.each([
    { what: 'answers a person’s request', terms: {}, needed: 'link', use: 'decide' },
    { what: 'answers for a group', terms: { strategy: 'MULTI', ...group }, needed: 'link', use: 'decide' },
    { what: 'answers as one of four eyes', terms: { strategy: 'FOUR_EYES' }, needed: 'link', use: 'decide' },
    {
      what: 'only shows four eyes of a group',
      terms: { strategy: 'FOUR_EYES', ...group },
      needed: 'link',
      use: 'sharedLink',
    },
    { what: 'only shows what needs a login', terms: {}, needed: 'login', use: 'assuranceTooLow' },
    {
      what: 'only shows what needs Kubernetes (link-9)',
      terms: {},
      needed: 'kubernetes',
      use: 'assuranceTooLow',
    },
  ] as const)('$what', ({ terms, needed, use }) => {
    expect(linkUse(someTerms(terms), needed, {})).toBe(use);
  });
});
