import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyNamed, someRing } from './fixture.ts';
import {
  mac,
  newKeyRingData,
  parseKeyRing,
  prove,
  proves,
  sameText,
  sign,
  subkey,
  type Purpose,
} from './keyring.ts';

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
const good = keyNamed('k1').toString('base64');
const purposes: readonly Purpose[] = ['link', 'session', 'csrf', 'seal', 'handle', 'mark'];

describe('a key ring is read from a Secret', () => {
  it('with every key and the one that signs', () => {
    const parsed = parseKeyRing({ active: base64('k2'), k1: good, k2: keyNamed('k2').toString('base64') });
    expect(parsed.ok && [parsed.ring.active, [...parsed.ring.keys.keys()].toSorted()]).toEqual([
      'k2',
      ['k1', 'k2'],
    ]);
  });

  it('also where the active id was written with a line feed behind it', () => {
    expect(parseKeyRing({ active: base64('k1\n'), k1: good }).ok).toBe(true);
  });

  it.each<{ why: string; data: Record<string, string>; problem: RegExp }>([
    { why: 'nothing is in it', data: {}, problem: /no entry active/ },
    { why: 'it does not say which key signs', data: { k1: good }, problem: /no entry active/ },
    { why: 'the active key is not in it', data: { active: base64('k9'), k1: good }, problem: /active key/ },
    { why: 'the active id is empty', data: { active: '', k1: good }, problem: /active key/ },
    { why: 'it holds no key', data: { active: base64('k1') }, problem: /active key/ },
    {
      why: 'H37: a key has 8 bytes',
      data: { active: base64('k1'), k1: keyNamed('k1').subarray(0, 8).toString('base64') },
      problem: /key k1 .* shorter than 32 bytes/,
    },
    {
      why: 'a key has 31 bytes',
      data: { active: base64('k1'), k1: keyNamed('k1').subarray(0, 31).toString('base64') },
      problem: /shorter than 32 bytes/,
    },
    { why: 'H37: a key is empty', data: { active: base64('k1'), k1: '' }, problem: /shorter than 32 bytes/ },
    {
      why: 'a key that does not sign is short',
      data: { active: base64('k1'), k1: good, old: base64('short') },
      problem: /key old .* shorter/,
    },
    {
      why: 'an id leads out of a folder',
      data: { active: base64('k1'), k1: good, '../x': good },
      problem: /no key id/,
    },
    { why: 'an id has a dot', data: { active: base64('a.b'), 'a.b': good }, problem: /no key id/ },
    {
      why: 'an id is too long',
      data: { active: base64('k1'), k1: good, ['k'.repeat(33)]: good },
      problem: /no key id/,
    },
  ])('but not where $why', ({ data, problem }) => {
    const parsed = parseKeyRing(data);
    expect(parsed).toMatchObject({ ok: false, problem: expect.stringMatching(problem) as string });
    expect(JSON.stringify(parsed)).not.toContain(good);
  });

  it('as it was made for a first start, with a key of 32 random bytes', () => {
    const parsed = parseKeyRing(newKeyRingData(randomBytes));
    if (!parsed.ok) throw new Error(parsed.problem);
    expect(parsed.ring.keys.get(parsed.ring.active)).toHaveLength(32);
    expect(parsed.ring.keys.size).toBe(1);
  });
});

describe('a key', () => {
  it('has a subkey of its own for each purpose', () => {
    const ring = someRing('k1');
    const subkeys = purposes.map((purpose) => subkey(ring, 'k1', purpose)?.toString('hex'));
    expect(new Set(subkeys).size).toBe(purposes.length);
    expect(subkeys.every((key) => key?.length === 64)).toBe(true);
  });

  it('derives from the key and not from its id: an exchanged key of the same id has other subkeys', () => {
    const exchanged = { active: 'k1', keys: new Map([['k1', keyNamed('another')]]) };
    expect(subkey(someRing('k1'), 'k1', 'mark')).toEqual(subkey(someRing('k1'), 'k1', 'mark'));
    expect(subkey(exchanged, 'k1', 'mark')).not.toEqual(subkey(someRing('k1'), 'k1', 'mark'));
  });

  it.each(['__proto__', 'constructor', 'toString', 'active', '../x', '', 'k2'])(
    'is found by its id only, so %j is none',
    (kid) => {
      expect(subkey(someRing('k1'), kid, 'link')).toBeUndefined();
      expect(mac(someRing('k1'), { kid, purpose: 'link' }, 'text')).toBeUndefined();
    },
  );

  it('that is missing signs nothing, not even with an empty key', () => {
    const ring = { ...someRing('k1'), active: 'gone' };
    expect(() => sign(ring, 'link', 'text')).toThrow(/does not hold its active key/);
    expect(() => prove(ring, 'seal', 'text')).toThrow(/does not hold its active key/);
  });
});

describe('a proof', () => {
  it('holds for its own text and purpose, and no other', () => {
    const ring = someRing('k1', 'k2');
    const purpose = fc.constantFrom(...purposes);
    fc.assert(
      fc.property(
        fc.tuple(fc.string(), fc.string()),
        fc.tuple(purpose, purpose),
        ([text, other], [made, asked]) => {
          const proof = prove(ring, made, text);
          expect(proves(ring, made, { text, proof })).toBe(true);
          expect(proves(ring, asked, { text: other, proof })).toBe(text === other && made === asked);
        },
      ),
    );
  });

  it('is verified by any key of the ring, until its key is removed', () => {
    const proof = prove(someRing('old'), 'seal', 'text');
    expect(proves(someRing('new', 'old'), 'seal', { text: 'text', proof })).toBe(true);
    expect(proves(someRing('new'), 'seal', { text: 'text', proof })).toBe(false);
  });

  it('is refused, whatever else stands in its place', () => {
    const ring = someRing('k1');
    fc.assert(
      fc.property(fc.string(), (proof) => {
        expect(proves(ring, 'seal', { text: 'text', proof })).toBe(false);
      }),
    );
    for (const proof of ['', '.', 'k1', 'k1.', '.k1', '__proto__.x', 'k1.undefined'])
      expect(proves(ring, 'seal', { text: 'text', proof })).toBe(false);
  });
});

describe('two texts', () => {
  it('are the same only where every byte is', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(sameText(a, a)).toBe(true);
        expect(sameText(a, b)).toBe(a === b);
      }),
    );
  });
});
