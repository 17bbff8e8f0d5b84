import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Decision, Response } from './approval.ts';
import { fittingOutcomes, verifyChain, type Chain, type StoredRecord } from './audit.ts';
import { chainOn, chainStart, type AuditRecord } from './digest.ts';
import { kubernetesUser, someApproval, someTerms, start } from './fixture.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const specDigest = 'what-was-asked';

const record = (at: number, more: Partial<AuditRecord> = {}): AuditRecord => ({
  decisionUid: `decision-${String(at)}`,
  attempt: 1,
  step: 1,
  entry: `person-${String(at)}`,
  person: `person-${String(at)}`,
  identity: { kind: 'kubernetes', issuer: '', subject: `person-${String(at)}` },
  decision: 'approve',
  comment: '',
  time: '2026-01-01T00:00:01Z',
  via: 'kubernetes',
  assurance: 'kubernetes',
  ...more,
});

/** As the operator records it. The first so many were recorded by a version that stored no digest with each. */
function recorded(records: readonly AuditRecord[], old = 0): Chain {
  let head = chainStart(specDigest, sha256);
  const stored = records.map((one, at): StoredRecord => {
    head = chainOn(head, one, sha256);
    return at < old ? one : { ...one, digest: head };
  });
  return { specDigest, records: stored, head };
}

const verify = (chain: Chain): ReturnType<typeof verifyChain> => verifyChain(chain, sha256);
const withRecords = (chain: Chain, records: readonly StoredRecord[]): Chain => ({ ...chain, records });

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const records = fc
  .array(fc.record({ comment: text, person: text }), { minLength: 1, maxLength: 12 })
  .map((all) => all.map((more, at) => record(at, more)));
const chains = records.map((all) => recorded(all));
/** A chain and a place in it. */
const places = chains.chain((chain) =>
  fc.record({ chain: fc.constant(chain), at: fc.nat({ max: chain.records.length - 1 }) }),
);

/** Each field with another value than `record` has. */
const edits: readonly [keyof AuditRecord, Partial<AuditRecord>][] = [
  ['decisionUid', { decisionUid: 'other' }],
  ['attempt', { attempt: 2 }],
  ['step', { step: 2 }],
  ['entry', { entry: 'mallory' }],
  ['person', { person: 'the person behind this' }],
  ['identity', { identity: { kind: 'login', issuer: 'https://x', subject: 'mallory' } }],
  ['decision', { decision: 'reject' }],
  ['comment', { comment: 'something else entirely' }],
  ['time', { time: '2026-01-01T00:00:01.000Z' }],
  ['via', { via: 'web' }],
  ['assurance', { assurance: 'link' }],
  ['browser', { browser: 'b' }],
];

describe('a chain', () => {
  test('as it was recorded fits', () => {
    fc.assert(
      fc.property(records, fc.nat({ max: 12 }), (all, old) => {
        const chain = recorded(all, old);
        expect(verify(chain)).toEqual({ ok: true, head: chain.head });
      }),
    );
    expect(verify(recorded([]))).toMatchObject({ ok: true });
  });

  test.each(edits)('in which somebody changes the %s of any record: that record is named', (_, edit) => {
    fc.assert(
      fc.property(places, ({ chain, at }) => {
        const changed = chain.records.map((one, index) => (index === at ? { ...one, ...edit } : one));
        expect(verify(withRecords(chain, changed))).toEqual({ ok: false, at, why: 'changed' });
      }),
      { numRuns: 30 },
    );
  });

  test('in which a changed record got a fitting digest of its own: the one behind it is named, or the head', () => {
    fc.assert(
      fc.property(places, ({ chain, at }) => {
        const before = chain.records.slice(0, at);
        const forged = recorded([...before, record(99)]).records.slice(-1);
        const changed = withRecords(chain, [...before, ...forged, ...chain.records.slice(at + 1)]);
        const isLast = at === chain.records.length - 1;
        expect(verify(changed)).toEqual(
          isLast ? { ok: false, at: 'head' } : { ok: false, at: at + 1, why: 'changed' },
        );
      }),
    );
  });

  test('from which a record was taken: the one that came to stand in its place is named, or the head', () => {
    fc.assert(
      fc.property(places, ({ chain, at }) => {
        const isLast = at === chain.records.length - 1;
        expect(verify(withRecords(chain, chain.records.toSpliced(at, 1)))).toEqual(
          isLast ? { ok: false, at: 'head' } : { ok: false, at, why: 'changed' },
        );
      }),
    );
  });

  test('into which a record was put, with a digest that fits, a copied one, or none: it is named', () => {
    const intruders = fc.constantFrom('fitting', 'copied', 'none');
    fc.assert(
      fc.property(places, fc.boolean(), intruders, ({ chain, at }, atEnd, kind) => {
        const place = atEnd ? chain.records.length : at;
        const before = chain.records.slice(0, place);
        const fitting = recorded([...before, record(99)]).records.slice(-1);
        const intruder = fitting.map(({ digest, ...rest }): StoredRecord => {
          if (kind === 'none') return rest;
          return { ...rest, digest: kind === 'copied' ? chain.records[at]?.digest : digest };
        });
        const longer = [...before, ...intruder, ...chain.records.slice(place)];
        expect(verify(withRecords(chain, longer))).toMatchObject({ ok: false, at: place });
      }),
    );
  });

  test('in which a record was put twice: the second is named', () => {
    fc.assert(
      fc.property(places, ({ chain, at }) => {
        const twice = chain.records.flatMap((one, index) => (index === at ? [one, one] : [one]));
        expect(verify(withRecords(chain, twice))).toEqual({ ok: false, at: at + 1, why: 'added' });
      }),
    );
  });

  test('in which two records changed places: the first of the two places is named', () => {
    fc.assert(
      fc.property(places, places, ({ chain, at: one }, { at }) => {
        const other = at % chain.records.length;
        fc.pre(one !== other);
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        const swapped = chain.records.map(
          (each, index) => chain.records[index === low ? high : index === high ? low : index] ?? each,
        );
        expect(verify(withRecords(chain, swapped))).toEqual({ ok: false, at: low, why: 'changed' });
      }),
    );
  });

  test('from which the digest of a record was taken, other than the first, does not fit: it is named', () => {
    const chain = recorded([record(1), record(2), record(3)]);
    const stripped = chain.records.map((one, at) => {
      const { digest: _none, ...rest } = one;
      return at === 1 ? rest : one;
    });
    expect(verify(withRecords(chain, stripped))).toEqual({ ok: false, at: 1, why: 'added' });
  });

  test('whose head was changed does not fit', () => {
    const chain = recorded([record(1), record(2)]);
    expect(verify({ ...chain, head: 'f'.repeat(64) })).toEqual({ ok: false, at: 'head' });
  });

  test('that was computed again as a whole fits in itself', () => {
    const chain = recorded([record(1), record(2)]);
    const forged = recorded([record(1), record(2, { person: 'mallory' })]);
    expect(verify(forged)).toMatchObject({ ok: true });
    expect(forged.head).not.toBe(chain.head);
  });
});

describe('a chain of old, without a digest for each record', () => {
  const all = [record(1), record(2), record(3), record(4)];
  const edited = (chain: Chain, at: number): Chain =>
    withRecords(
      chain,
      chain.records.map((one, index) => (index === at ? { ...one, person: 'mallory' } : one)),
    );

  test('in which a record was changed does not fit, and which one cannot be told', () => {
    expect(verify(edited(recorded(all, 4), 1))).toEqual({ ok: false, at: 'head' });
  });

  test('that was gone on with newer records: the first that is not vouched for is named', () => {
    expect(verify(edited(recorded(all, 2), 1))).toEqual({ ok: false, at: 0, why: 'unproven' });
    expect(verify(edited(recorded(all, 2), 2))).toMatchObject({ ok: false, at: 0, why: 'unproven' });
    expect(verify(edited(recorded(all, 2), 3))).toMatchObject({ ok: false, at: 3, why: 'changed' });
  });
});

describe('the outcome', () => {
  const response = (person: string, decision: Decision = 'approve', attempt = 1): Response => {
    const { browser: _, ...fields } = record(1, { entry: person, person, decision, attempt });
    return { ...fields, identity: kubernetesUser(person), time: start };
  };

  test.each([
    ['of nobody is left open', 'SINGLE', [], ['pending', 'timedOut', 'cancelled', 'invalid']],
    ['of one approval of SINGLE is approved', 'SINGLE', [response('alice')], ['approved']],
    ['of one approval of MULTI is left open', 'MULTI', [response('alice')], ['pending']],
    ['of a rejection is rejected', 'MULTI', [response('alice'), response('bob', 'reject')], ['rejected']],
    ['of an earlier attempt is not counted', 'SINGLE', [response('alice', 'reject', 7)], ['pending']],
  ] as const)('%s', (...[, strategy, responses, fitting]) => {
    const given = someApproval({ responses: [...responses] });
    const outcomes = fittingOutcomes(someTerms({ strategy }), given);
    expect(outcomes).toEqual(expect.arrayContaining([...fitting]));
    expect(outcomes.includes('approved')).toBe(fitting.some((one) => one === 'approved'));
  });
});
