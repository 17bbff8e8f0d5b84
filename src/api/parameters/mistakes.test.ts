import { describe, expect, test } from 'vitest';
import {
  messageOf,
  params,
  read,
  reference,
  runWith,
  sha256,
  surroundings,
} from '../../../test/builders/parameters.ts';
import { limits } from '../limits.ts';
import { readParameters } from '../parameters.ts';

describe('mistakes fail the run with a sentence', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['nobody to ask', {}, 'approvers: nobody is named here or in groups; name who may answer'],
    ['empty lists', { approvers: [], groups: '[]' }, 'approvers: nobody is named here'],
    [
      'an unknown name',
      { approvers: 'bob', colour: 'red' },
      '"colour": is not a parameter of an ApprovalTask (pipeline, description, ',
    ],
    ['a misspelt name', { approver: 'bob' }, 'did you mean approvers?'],
    ['a name with a separator', { 'comment-required': 'always' }, 'did you mean commentRequired?'],
    [
      'two names that differ by case',
      { approvers: 'bob', Approvers: 'eve' },
      'Approvers: is given twice in the parameters ("approvers" and "Approvers")',
    ],
    [
      'a lower-case strategy',
      { approvers: 'bob', strategy: 'four_eyes' },
      'strategy: "four_eyes" is not one of SINGLE, MULTI, FOUR_EYES (did you mean FOUR_EYES?)',
    ],
    [
      'an empty strategy',
      { approvers: 'bob', strategy: '' },
      'strategy: "" is not one of SINGLE, MULTI, FOUR_EYES',
    ],
    [
      'an unknown strategy',
      { approvers: 'bob', strategy: 'QUORUM' },
      'strategy: "QUORUM" is not one of SINGLE, MULTI, FOUR_EYES.',
    ],
    ['a strategy with a blank', { approvers: 'bob', strategy: 'MULTI ' }, 'did you mean MULTI?'],
    ['a list for a strategy', { approvers: 'bob', strategy: ['SINGLE'] }, 'strategy: a list is not one of'],
    [
      'an unknown onReject',
      { approvers: 'bob', onReject: 'failed' },
      'onReject: "failed" is not one of continue, fail',
    ],
    [
      'an unknown comment rule',
      { approvers: 'bob', commentRequired: 'true' },
      'commentRequired: "true" is not one of never, reject, always',
    ],
    [
      'a value that is missing',
      { approvers: 'bob', strategy: null },
      'strategy: has no value; leave it out instead',
    ],
    [
      'a list for a text',
      { approvers: 'bob', description: ['a'] },
      'description: must be one text, not a list',
    ],
    [
      'an object for a list',
      { approvers: { a: 'b' } },
      'approvers: must be a list of texts, a JSON list as text, or one text; got an object',
    ],
    [
      'a broken JSON list',
      { approvers: '[bob, eve]' },
      'approvers: must be a list of texts, a JSON list as text, or one text; got "[bob, eve]", which is not valid JSON',
    ],
    ['a list in a list', { approvers: ['["bob"]'] }, 'approvers[0]: "[\\"bob\\"]" is a list inside a list'],
    ['a number in a list', { approvers: ['bob', 7] }, 'approvers[1]: must be text, not a number'],
    ['a null in a list', { approvers: ['bob', null] }, 'approvers[1]: must be text, not null'],
    ['an empty entry', { approvers: ['bob', ''] }, 'approvers[1]: is empty'],
    ['a single empty text', { approvers: '' }, 'approvers[0]: is empty'],
    ['a blank entry', { groups: ['  '] }, 'groups[0]: is empty'],
    [
      'an entry with a blank at its end',
      { approvers: ['bob '] },
      'approvers[0]: "bob " has an outer or double blank, or a control or invisible character in it',
    ],
    ['an entry with a line feed', { approvers: ['bob\nBcc: eve'] }, 'or a control or invisible character'],
    [
      'an entry with a zero-width space',
      { approvers: ['bob\u200b'] },
      String.raw`"bob\u200b" has an outer or double blank, or a control or invisible character`,
    ],
    [
      'an entry that turns the reading direction',
      { approvers: ['bob\u202e'] },
      String.raw`"bob\u202e" has an outer`,
    ],
    ['an entry with an invisible letter', { approvers: ['bob\u3164'] }, String.raw`"bob\u3164" has an outer`],
    [
      'an unresolved reference',
      { approvers: ['$(params.owner)'] },
      'approvers[0]: "$(params.owner)" holds a reference that was not resolved',
    ],
    ['two at-signs', { approvers: ['a@b@c.io'] }, 'approvers[0]: "a@b@c.io" is not a plain e-mail address'],
    ['a quoted local part', { approvers: ['"a,b"@x.io'] }, 'is not a plain e-mail address'],
    ['a comment in an address', { approvers: ['a(b)@x.io'] }, 'is not a plain e-mail address'],
    ['a display name', { approvers: ['Jane<jane@x.io>'] }, 'is not a plain e-mail address'],
    ['two addresses in one text', { approvers: 'a@x.io,b@x.io' }, 'is not a plain e-mail address'],
    ['an address without a domain', { approvers: ['a@'] }, 'is not a plain e-mail address'],
    ['an address with a foreign letter', { approvers: ['а@x.io'] }, 'is not a plain e-mail address'],
    ['an address that begins with a dot', { approvers: ['.a@x.io'] }, 'is not a plain e-mail address'],
    [
      'an address longer than mail allows',
      { approvers: [`${'a'.repeat(65)}@x.io`] },
      'is not a plain e-mail address',
    ],
    [
      'a context line without a name',
      { approvers: 'bob', context: ['=x', 'x'] },
      'context[0]: must be name=value, not "=x"; context[1]: must be name=value, not "x"',
    ],
    [
      'a number in a context object',
      { approvers: 'bob', context: { a: 1 } },
      'context."a": must be text, not a number',
    ],
    [
      'a channel with a line feed',
      { approvers: 'bob', notifyOnSlack: 'a\nb' },
      'notifyOnSlack: "a\\nb" is not a name',
    ],
  ])('%s', (_, given, expected) => {
    expect(messageOf(read(given))).toContain(expected);
  });

  test.each(['approvers', 'groups'])('one mistake is one sentence: %s without a value', (field) => {
    expect(messageOf(read({ [field]: null }))).toBe(
      `Nobody was asked, because parameters are wrong: ${field}: has no value; leave it out instead.`,
    );
  });

  test.each<[string, Record<string, unknown>, string]>([
    [
      'people',
      { approvers: Array.from({ length: 101 }, (_, i) => `u${i}`) },
      'approvers: has 101 entries; at most 100 are allowed',
    ],
    ['groups', { groups: Array.from({ length: 10_000 }, (_, i) => `g${i}`) }, 'groups: has 10000 entries'],
    ['letters of an entry', { approvers: 'x'.repeat(257) }, 'is longer than 256 characters'],
    [
      'letters of a description',
      { approvers: 'bob', description: 'x'.repeat(4097) },
      'description: has 4097 characters; at most 4096',
    ],
    [
      'letters of a pipeline',
      { approvers: 'bob', pipeline: 'x'.repeat(257) },
      'pipeline: has 257 characters',
    ],
    [
      'letters of a channel',
      { approvers: 'bob', notifyOnTeams: 'x'.repeat(129) },
      'notifyOnTeams: has 129 characters',
    ],
    [
      'context lines',
      { approvers: 'bob', context: Array.from({ length: 33 }, () => 'a=b') },
      'context: has 33 lines; at most 32',
    ],
    [
      'letters of a context value',
      { approvers: 'bob', context: { a: 'x'.repeat(1025) } },
      'context "a": has 1025 characters; at most 1024',
    ],
    [
      'letters of a context name',
      { approvers: 'bob', context: { ['x'.repeat(129)]: 'a' } },
      'has a name longer than 128 characters',
    ],
  ])('too many %s', (_, given, expected) => {
    expect(messageOf(read(given))).toContain(expected);
  });

  test('limits count characters, not halves of surrogate pairs', () => {
    const given = { approvers: 'bob', description: '🙂'.repeat(limits.description) };
    expect(read(given).ok).toBe(true);
  });

  test('one message names every mistake, and counts the rest where there are many', () => {
    const parameters = read({ approver: 'bob', strategy: 'ANY', context: 7, timeout: 'x' });
    expect(parameters.ok ? [] : parameters.problems.map(({ field }) => field)).toEqual([
      '"approver"',
      'strategy',
      'context',
      'timeout',
    ]);
    const many = read({ approvers: Array.from({ length: 100 }, () => '') });
    expect(messageOf(many)).toMatch(/; and 80 more\.$/);
  });

  test.each<[string, object, string]>([
    ['a resolver', { resolver: 'git' }, 'taskRef.resolver: is not supported'],
    ['a bundle', { bundle: 'x' }, 'taskRef.bundle: is not supported'],
    [
      'parameters in the reference',
      { params: [{ name: 'approvers', value: 'bob' }] },
      'taskRef.params: is for resolvers',
    ],
  ])('a reference with %s is refused', (_, more, expected) => {
    const run = runWith({ customRef: { ...reference, ...more }, params: params({ approvers: 'bob' }) });
    expect(messageOf(readParameters(run, surroundings, sha256))).toContain(expected);
  });

  test('a reference beside an embedded spec is refused', () => {
    const rest = { customSpec: { ...reference, spec: {} } };
    expect(messageOf(read({ approvers: 'bob' }, rest))).toContain('taskSpec: cannot be given beside taskRef');
  });
});
