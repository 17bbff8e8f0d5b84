import { expect, test } from 'vitest';

import { tokenFile } from './people.ts';

test('a person without groups has no group with an empty name', () => {
  const tokens = new Map([
    ['bob', 't1'],
    ['dave', 't2'],
  ] as const);
  expect(tokenFile(tokens)).toBe('t1,bob,uid-bob,"team-a,team-b"\nt2,dave,uid-dave\n');
});
