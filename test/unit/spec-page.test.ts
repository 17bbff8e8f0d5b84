import { describe, expect, test } from 'vitest';
import { load } from 'js-yaml';
import { z } from 'zod';
import { approvalDecisionSpec } from '../../src/api/approvaldecision.ts';
import { limits } from '../../src/api/limits.ts';
import { labels, reasons } from '../../src/api/names.ts';
import { fieldNames, readParameters } from '../../src/api/parameters.ts';
import { commentRules, onRejects, outcomes, strategies } from '../../src/domain/approval.ts';
import { canonicalJson } from '../../src/domain/canonical.ts';
import { refusalCodes } from '../../src/domain/refusal.ts';
import { results } from '../../src/domain/results.ts';
import {
  accepted,
  read as readRun,
  reference,
  runWith,
  sha256,
  surroundings,
} from '../builders/parameters.ts';
import { read } from './repository.ts';

const page = read('docs/spec/approvaltask.md');
const section = (title: string): string => page.split(/^##+ /m).find((text) => text.startsWith(title)) ?? '';
/** The first column of a section's table. */
const rows = (title: string): string[] =>
  [...section(title).matchAll(/^\| `([^`]+)`/gm)].map(([, name = '']) => name);
const sorted = (names: Iterable<string>): string[] => [...names].toSorted((a, b) => (a < b ? -1 : 1));

describe('docs/spec/approvaltask.md', () => {
  test('has a row for each parameter, and for nothing else', () => {
    expect(rows('Parameters')).toEqual([...fieldNames]);
  });

  test('has a row for each reason', () => {
    expect(sorted(rows('What becomes of the run'))).toEqual(sorted(Object.values(reasons)));
  });

  test('has a row for each result', () => {
    const terms = {
      strategy: 'SINGLE',
      approvers: [],
      groups: [],
      commentRequired: 'never',
      retries: 0,
    } as const;
    const approval = { attempt: 1, startTime: 0, responses: [], pastAttempts: [], linkGeneration: 1 };
    expect(sorted(rows('Results'))).toEqual(sorted(Object.keys(results(terms, approval, ''))));
  });

  test('has a row for each refusal', () => {
    expect(sorted(rows('Answering'))).toEqual(sorted(refusalCodes));
  });

  test('names every value that may be written or read', () => {
    const values = [...strategies, ...onRejects, ...commentRules, ...outcomes];
    expect(values.filter((value) => !page.includes(`\`${value}\``))).toEqual([]);
    for (const label of [labels.decision, labels.responses, labels.standalone]) expect(page).toContain(label);
  });

  test('states the limits that hold', () => {
    expect(section('Parameters')).toContain(`At most ${limits.description} characters`);
    expect(section('Parameters')).toContain(`cluster. At most ${limits.people}.`);
    expect(section('Parameters')).toContain(`an object. At most ${limits.contextLines}.`);
    expect(section('Parameters')).toContain(`(at most ${limits.retries})`);
    expect(section('Answering')).toContain(`${limits.comment} characters or ${limits.commentBytes} bytes`);
  });

  test('its examples are accepted', () => {
    const [pipeline, step, decision] = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) =>
      load(text),
    );
    const param = z.object({ name: z.string(), value: z.unknown() });
    const tasks = z.object({ params: z.array(param), taskRef: z.unknown() });
    const { spec } = z.object({ spec: z.object({ tasks: z.array(z.unknown()) }) }).parse(pipeline);
    const { taskRef, params } = tasks.parse(spec.tasks[0]);
    expect(taskRef).toEqual(reference);
    accepted(readParameters(runWith({ customRef: taskRef, params }), surroundings, sha256));
    const [embedded] = z.array(z.object({ params: z.array(param), taskSpec: z.unknown() })).parse(step);
    const run = runWith({ customSpec: embedded?.taskSpec, params: embedded?.params });
    accepted(readParameters(run, surroundings, sha256));
    expect(z.object({ spec: approvalDecisionSpec }).safeParse(decision).error).toBeUndefined();
  });

  test("says how to compute a request's digest again", () => {
    const { spec } = accepted(readRun({ approvers: ['alice'], context: { a: 'b' }, timeout: '1h' }));
    const listed = section('How the audit digest').split('these fields of `spec`:')[1] ?? '';
    const names = [...listed.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
    const shown = Object.fromEntries(Object.entries(spec).filter(([name]) => names.includes(name)));
    expect(sha256(canonicalJson(shown))).toBe(spec.digest);
  });
});
