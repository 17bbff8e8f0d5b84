import { expect, test } from 'vitest';
import { readYaml } from './yaml.ts';

test.each([
  ['persons: []', { persons: [] }],
  ['---\nslack: {}\n...\n', { slack: {} }],
  ['', undefined],
  ['# nothing yet\n', undefined],
  ['---\n', null],
])('%j is read', (text, value) => {
  expect(readYaml(text)).toEqual({ ok: true, value });
});

test.each([
  ['a: [1', 'is not YAML: unexpected end of the stream within a flow collection in line 1'],
  ['a: 1\nb: 2\na: 3', 'is not YAML: duplicated mapping key in line 3'],
  ['a:\n\tb: 1', 'is not YAML: tab characters must not be used in indentation in line 2'],
  ['a: 1\n---\nb: 2', 'is more than one YAML document: leave out the line --- between them'],
])('%j is refused with the reason and the line', (text, problem) => {
  expect(readYaml(text)).toEqual({ ok: false, problem });
});

test.each([
  'password: hunter2: x',
  'password: *hunter2',
  'password: !hunter2 x',
  'password: !<hunter2{> x',
  'password: !hunter2{ x',
  'hunter2: 1\nhunter2: 2',
  'password: "hunter2',
  '- hunter2\nhunter2',
])('a problem of %j repeats nothing of it', (text) => {
  const read = readYaml(text);
  expect(read.ok).toBe(false);
  expect(JSON.stringify(read)).not.toContain('hunter2');
});
