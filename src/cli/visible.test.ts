import { describe, expect, it } from 'vitest';
import { cutToWidth, visible, visibleJson, visibleLines, widthOf, wrapped } from './visible.ts';

describe('text of others', () => {
  it.each([
    ['plain text stays', 'Deploy 1.4.2?', 'Deploy 1.4.2?'],
    ['every script stays', 'Größe 版本 नमस्ते سلام', 'Größe 版本 नमस्ते سلام'],
    ['cli-01: ANSI is not obeyed', '\u001b[31mred\u001b[0m', '□[31mred□[0m'],
    ['nor is its one-byte form', '\u009b31mred', '□31mred'],
    ['nor what sets the title of a window', '\u001b]0;title\u0007', '□]0;title□'],
    ['a line cannot be overwritten', 'approved\rrejected', 'approved□rejected'],
    ['nor erased', 'ab\b\u007f', 'ab□□'],
    ['a line break is no new line', 'a\nState: approved', 'a□State: approved'],
    ['cli-01: no direction is turned', 'exe.\u202egnp', 'exe.□gnp'],
    ['cli-01: nothing is hidden', 'al\u200bice\u2060\ufeff\u{e0041}', 'al□ice□□□'],
    ['letters are not joined to hide something', 'al\u200dice', 'al□ice'],
    ['emoji that need a joiner keep it', '👩‍🚀', '👩‍🚀'],
    ['so do scripts', 'می‌خواهم', 'می‌خواهم'],
    ['marks do not pile up', `a${'\u0301'.repeat(9)}`, `a${'\u0301'.repeat(4)}□`],
    ['half of a pair is no character', 'a\ud800b', 'a\ufffdb'],
  ])('%s', (_name, text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  const token = `v1.k1.${'eyJuIjoic2hvcCJ9'.repeat(4)}.${'_-aZ'.repeat(11)}`;

  it.each([
    ['a link', `https://approvals.example.com/l/${token}`, 'https://approvals.example.com/l/v1.…'],
    ['a link in a sentence', `Ask me (/l/${token}), or him.`, 'Ask me (/l/v1.…), or him.'],
    ['a token alone', token, 'v1.…'],
    ['one that is cut off', `/l/${token.slice(0, 40)}`, '/l/v1.…'],
    ['two in a row', `/l/${token} /l/${token}`, '/l/v1.… /l/v1.…'],
    [
      'a name is none',
      'app-v1.4.2-approve-the-way-to-production',
      'app-v1.4.2-approve-the-way-to-production',
    ],
    ['versions are none', 'v1.4.2, v1.24.0-rc.1, /l/v1.4', 'v1.4.2, v1.24.0-rc.1, /l/v1.4'],
  ])('cli-02: shows no token of a personal link: %s', (_name, text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it('keeps its lines where lines are meant, and tabs as blanks', () => {
    expect(visibleLines('a\tb\r\nc\u2028d\u001b')).toEqual(['a    b', 'c', 'd□']);
  });

  it('is the same to a program, and harmless to a terminal, as JSON', () => {
    const value = { text: '\u001b[31m\u009b\u202e\u{e0041}ü', lines: 'a\nb' };
    const json = visibleJson(value);
    expect(JSON.parse(json)).toEqual(value);
    expect(json).toMatch(/^[\n -~ü]*$/u);
  });
});

describe('the width of a text', () => {
  it.each([
    ['abc', 3],
    ['版本', 4],
    ['ｆｕｌｌ', 8],
    ['한국어', 6],
    ['e\u0301', 1],
    ['👩‍🚀', 2],
    ['✔', 1],
    ['✔️', 2],
    ['🇩🇪', 2],
    ['□', 1],
    ['', 0],
  ])('of %s is %i columns', (text, columns) => {
    expect(widthOf(text)).toBe(columns);
  });

  it.each([
    ['deploy', 6, 'deploy'],
    ['deploy', 5, 'depl…'],
    ['版本版本', 5, '版本…'],
    ['版本版本', 6, '版本…'],
    ['👩‍🚀👩‍🚀', 3, '👩‍🚀…'],
  ])('of %s cut to %i is %s', (text, max, shown) => {
    expect(cutToWidth(text, max)).toBe(shown);
    expect(widthOf(shown)).toBeLessThanOrEqual(max);
  });

  it.each([
    ['one two three', 8, ['one two', 'three']],
    ['one two', 7, ['one two']],
    ['abcdefgh', 3, ['abc', 'def', 'gh']],
    ['版本版本', 5, ['版本', '版本']],
    ['', 5, ['']],
  ])('of no line of %j, broken at %i, is above that', (text, max, lines) => {
    expect(wrapped(text, max)).toEqual(lines);
  });
});
