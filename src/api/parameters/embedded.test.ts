import { describe, expect, test } from 'vitest';
import { accepted, embedded, messageOf } from '../../../test/builders/parameters.ts';

describe('an embedded spec', () => {
  test('carries the same fields', () => {
    const { spec } = accepted(embedded({ Approvers: ['bob'], strategy: 'SINGLE', context: { a: 'b' } }));
    expect(spec).toMatchObject({ approvers: ['bob'], context: [{ name: 'a', value: 'b' }] });
  });

  test.each([undefined, null, {}])('may be %j; the parameters then say everything', (spec) => {
    expect(accepted(embedded(spec, { approvers: 'bob' })).spec.approvers).toEqual(['bob']);
  });

  const values = { who: 'bob', team: ['eve', 'mallory'], links: { build: 'b-1' } };
  const referredTo = (given: unknown) =>
    Object.fromEntries(
      Object.entries(values).filter(([name]) => JSON.stringify(given).includes(`params.${name}`)),
    );
  test.each<[string, unknown, string[]]>([
    ['$(params.NAME)', '$(params.who)', ['bob']],
    ['$(params.NAME[*]) alone', '$(params.team[*])', ['eve', 'mallory']],
    ['$(params.NAME[*]) in a list', ['$(params.who)', '$(params.team[*])'], ['bob', 'eve', 'mallory']],
    ['$(params.NAME[0])', ['$(params.team[1])'], ['mallory']],
    ['$(params.NAME.key)', '$(params.links.build)', ['b-1']],
    ['a JSON list with references', '["x", "$(params.who)"]', ['x', 'bob']],
    ['a reference inside a text', 'x-$(params.who)-y', ['x-bob-y']],
  ])('%s is resolved', (_, approvers, expected) => {
    expect(accepted(embedded({ approvers }, referredTo(approvers))).spec.approvers).toEqual(expected);
  });

  test('references work in texts and objects too, and what they bring is not read again', () => {
    const { spec } = accepted(
      embedded(
        {
          approvers: 'bob',
          description: 'Deploy $(params.v) to $(params.w)?',
          context: { v: '$(params.v)' },
        },
        { v: '$(params.w)', w: 'prod' },
      ),
    );
    expect(spec.description).toBe('Deploy $(params.w) to prod?');
    expect(spec.context).toEqual([{ name: 'v', value: '$(params.w)' }]);
  });

  test.each([
    '$(params.nope)',
    '$(params.team)',
    '$(params.team[9])',
    '$(params.links.nope)',
    '$(params.links.__proto__)',
    '$(params["who"])',
    '$(tasks.a.results.b)',
    '$(context.pipelineRun.name)',
  ])('%s cannot be resolved and is refused', (reference_) => {
    const parameters = embedded({ approvers: 'bob', description: `Deploy ${reference_}?` }, values);
    expect(messageOf(parameters)).toContain('description: ');
    expect(messageOf(parameters)).toContain('cannot be resolved; use $(params.NAME)');
  });

  test('a parameter that only the embedded spec refers to is not unknown; another one is', () => {
    expect(embedded({ approvers: '$(params.who)' }, { who: 'bob' }).ok).toBe(true);
    expect(messageOf(embedded({ approvers: 'bob' }, { who: 'bob' }))).toContain('"who": is not a parameter');
  });

  test('the same field in both places is refused', () => {
    expect(messageOf(embedded({ approvers: 'bob' }, { Approvers: 'eve' }))).toContain(
      'approvers: is given both as a parameter and in taskSpec.spec; give it in one place',
    );
  });

  test.each<[string, unknown, string]>([
    ['an unknown field', { approvers: 'bob', retries: 3 }, '"retries": is not a parameter'],
    ['fields that differ by case', { approvers: 'bob', Approvers: 'eve' }, 'is given twice in taskSpec.spec'],
    ['a list', ['bob'], 'taskSpec.spec: must be an object, not a list'],
    [
      'a number for a text',
      { approvers: 'bob', description: 7 },
      'description: must be one text, not a number',
    ],
  ])('%s is refused', (_, spec, expected) => {
    expect(messageOf(embedded(spec))).toContain(expected);
  });

  test('a value cannot add an approver to a list that the author wrote', () => {
    const attack = { who: 'bob","mallory' };
    expect(messageOf(embedded({ approvers: '["eve","$(params.who)"]' }, attack))).toBe('accepted');
    expect(accepted(embedded({ approvers: '["eve","$(params.who)"]' }, attack)).spec.approvers).toEqual([
      'eve',
      'bob","mallory',
    ]);
    expect(messageOf(embedded({ approvers: '["eve",$(params.who)]' }, { who: '"mallory"' }))).toContain(
      'which is not valid JSON',
    );
  });

  test.each<[string, unknown, Record<string, unknown>]>([
    ['a text', { description: '$(params.a)'.repeat(90_000) }, { a: 'y'.repeat(100_000) }],
    ['texts of an object', { context: { a: '$(params.a)'.repeat(90_000) } }, { a: 'y'.repeat(100_000) }],
    [
      'a list',
      { approvers: Array(90_000).fill('$(params.a[*])') },
      { a: Array.from({ length: 50_000 }, (_, at) => `p${String(at)}`) },
    ],
  ])('whose references would make %s of gigabytes is refused, and never made', (_, spec, params) => {
    expect(messageOf(embedded(spec, params))).toContain(
      'references may bring at most 200000 characters or entries into a task',
    );
  });
});
