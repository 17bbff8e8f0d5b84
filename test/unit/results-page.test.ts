import { expect, test } from 'vitest';
import type { Ending, Submission, Terms } from '../../src/domain/approval.ts';
import { decide, settleAfterDeadlineMs } from '../../src/domain/decide.ts';
import {
  byKubernetes,
  kubernetesUser,
  minute,
  someApproval,
  someFacts,
  someTerms,
  start,
} from '../../src/domain/fixture.ts';
import { results } from '../../src/domain/results.ts';
import { read } from './repository.ts';

/** Alice answers before bob. */
const said = (who: 'alice' | 'bob', decision: Submission['decision'], comment: string): Submission =>
  byKubernetes(kubernetesUser(who), { decision, comment, order: who === 'alice' ? 1 : 2 });

const cancelled: Ending = { kind: 'cancel', because: 'The run was cancelled.' };

interface Case {
  readonly terms: Partial<Terms>;
  readonly submissions: readonly Submission[];
  readonly ending?: Ending;
}

/** What happens in each case of the page, in its order. */
const cases: readonly Case[] = [
  { terms: {}, submissions: [said('alice', 'approve', 'Looks good')] },
  { terms: {}, submissions: [said('alice', 'reject', 'Not today')] },
  {
    terms: { strategy: 'MULTI' },
    submissions: [said('alice', 'approve', 'Good'), said('bob', 'approve', 'Fine')],
  },
  {
    terms: { strategy: 'MULTI' },
    submissions: [said('alice', 'approve', 'Good'), said('bob', 'reject', 'No')],
  },
  {
    terms: { strategy: 'FOUR_EYES' },
    submissions: [said('alice', 'approve', 'Good'), said('bob', 'approve', 'Fine')],
  },
  { terms: { strategy: 'MULTI', timeoutMs: minute }, submissions: [said('alice', 'approve', 'Good')] },
  { terms: {}, submissions: [], ending: cancelled },
];

const page = read('docs/spec/results.md');
const [head = [], , ...rows] = page
  .slice(page.indexOf('## Examples'))
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) => line.split(/(?<!\\)\|/).slice(1, -1))
  .map((cells) =>
    cells.map((cell) =>
      cell
        .trim()
        .replaceAll(/^`|`$/g, '')
        .replaceAll(String.raw`\|`, '|'),
    ),
  );

test('docs/spec/results.md has as many examples as are checked here', () => {
  expect(rows).toHaveLength(cases.length);
});

test.each(rows.map((row, index) => [row[0] ?? '', row, cases[index]] as const))(
  'docs/spec/results.md: %s',
  (_, row, given) => {
    const terms = someTerms(given?.terms);
    const { approval } = decide(
      {
        ...someFacts({ terms, submissions: given?.submissions ?? [] }),
        approval: someApproval({}, terms),
        ...(given?.ending && { ending: given.ending }),
        listedAt: start + minute + settleAfterDeadlineMs,
      },
      start + minute + settleAfterDeadlineMs,
    );
    const shown = Object.fromEntries(head.slice(1).map((name, column) => [name, row[column + 1]]));
    expect(results(terms, approval, '')).toMatchObject(shown);
  },
);
