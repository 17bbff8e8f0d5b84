import { describe, expect, it } from 'vitest';
import { isOlder } from './version.ts';

describe('isOlder', () => {
  it.each([
    ['9', '10', true],
    ['10', '9', false],
    ['10', '10', false],
    ['9007199254740993', '9007199254740994', true],
    ['', '1', false],
    ['1', '', false],
    ['b', 'c', false],
  ])('says of %s whether it is older than %s: %s', (version, than, expected) => {
    expect(isOlder(version, than)).toBe(expected);
  });
});
