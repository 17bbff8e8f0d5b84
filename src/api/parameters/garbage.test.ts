import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { reference, runWith, sha256, surroundings } from '../../../test/builders/parameters.ts';
import { approvalTaskSpec } from '../approvaltask.ts';
import { limits } from '../limits.ts';
import { fieldNames, readParameters, renderProblems } from '../parameters.ts';

/** Every text that the spec holds, read as a list where it is written as one. */
function textsIn(given: unknown): string[] {
  if (typeof given === 'string') {
    try {
      const parsed: unknown = JSON.parse(given);
      return Array.isArray(parsed) ? [given, ...textsIn(parsed)] : [given];
    } catch {
      return [given];
    }
  }
  return typeof given === 'object' && given !== null ? Object.values(given).flatMap(textsIn) : [];
}

describe('whatever a run holds', () => {
  const entry = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('bob', 'a@x.io', 'A@x.io', 'eve', 'cn=a,ou=b') },
    { weight: 1, arbitrary: fc.oneof(fc.constantFrom('["eve"]', '$(params.x[*])', ''), fc.string()) },
  );
  const list = fc.oneof(
    entry,
    fc.array(entry),
    fc.array(entry).map((entries) => JSON.stringify(entries)),
  );
  const value = fc.oneof(
    { weight: 4, arbitrary: list },
    { weight: 1, arbitrary: fc.constantFrom('SINGLE', 'MULTI', 'FOUR_EYES', 'fail', 'always', '1h') },
    { weight: 1, arbitrary: fc.oneof(fc.jsonValue(), fc.dictionary(fc.string(), fc.string())) },
  );
  const names = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('approvers', 'groups', ' Approvers', 'description') },
    { weight: 1, arbitrary: fc.constantFrom(...fieldNames, 'x', '__proto__', 'constructor') },
  );
  const params = fc.uniqueArray(fc.record({ name: names, value }), {
    selector: ({ name }) => name,
    maxLength: 3,
  });
  const garbage = fc.jsonValue();
  const run = fc.record(
    {
      customRef: fc.oneof(fc.constant(reference), fc.constant(reference), garbage),
      params: fc.oneof(params, params, params, garbage),
      retries: fc.oneof(fc.constantFrom(0, 3), garbage),
      timeout: fc.oneof(fc.constantFrom('1h', '0', '-1s'), garbage),
    },
    { requiredKeys: ['params'] },
  );
  const embedding = fc.record({
    customSpec: fc.record({ spec: fc.oneof(fc.dictionary(names, value), garbage) }),
    params: fc.oneof(params, garbage),
  });
  const spec = fc.oneof(run, run, embedding, garbage);

  test('reading it never throws, names only people who were literally given, and stays within the schema', () => {
    let accepted = 0;
    fc.assert(
      fc.property(spec, (given) => {
        const parameters = readParameters(runWith(given), surroundings, sha256);
        if (!parameters.ok) {
          expect(parameters.problems.length).toBeGreaterThan(0);
          expect(Array.from(renderProblems(parameters.problems)).length).toBeLessThanOrEqual(limits.message);
          return;
        }
        accepted++;
        const { approvers, groups } = parameters.spec;
        expect(approvers.length + groups.length).toBeGreaterThan(0);
        const literal = new Set(textsIn(given));
        for (const name of [...approvers, ...groups]) expect(literal).toContain(name);
        expect(approvalTaskSpec.safeParse(parameters.spec).error).toBeUndefined();
      }),
      { numRuns: 3_000 },
    );
    // Otherwise the property above says nothing about approvers.
    expect(accepted).toBeGreaterThan(20);
  });
});
