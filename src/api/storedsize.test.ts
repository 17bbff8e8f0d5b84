import { expect, test } from 'vitest';
import { storedBytes } from './storedsize.ts';

test.each([
  ['plain', 7],
  ['é', 4],
  ['\u{1f642}', 6],
  ['<>&', 20],
  ['"\\', 6],
  ['\n', 4],
  ['\u0001', 8],
  ['\u2028', 8],
])('%j takes %i bytes in the store', (text, bytes) => {
  expect(storedBytes(text)).toBe(bytes);
});
