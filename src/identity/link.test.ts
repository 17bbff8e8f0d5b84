import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { start } from '../domain/fixture.ts';
import { someClaims, someRing } from './fixture.ts';
import { mac, sign } from './keyring.ts';
import { approverHandle, isExpired, linkPurposes, mintLink, openLink, type LinkClaims } from './link.ts';
import { mintToken } from './token.ts';

const ring = someRing('k1');
const forged = { kind: 'forged' };
const token = mintLink(ring, someClaims());

/** Another approver's link to another task, with nothing in common. */
const otherClaims = someClaims({
  taskUid: '7d0f2a54-0002-4000-8000-000000000002',
  namespace: 'bank',
  name: 'payout-approve',
  approver: 'bbbbbbbbbbbbbbbbbbbbbb',
  purpose: 'view',
  expiresAt: start + 7_200_000,
  linkGeneration: 2,
  digest: 'b'.repeat(64),
});
const shortNames = {
  taskUid: 't',
  namespace: 'n',
  name: 'r',
  approver: 'a',
  purpose: 'p',
  expiresAt: 'e',
  linkGeneration: 'g',
  digest: 'd',
} as const satisfies Record<keyof LinkClaims, string>;

function parts(of: string): { version: string; kid: string; body: string; signature: string } {
  const [version = '', kid = '', body = '', signature = ''] = of.split('.');
  return { version, kid, body, signature };
}

function payloadOf(of: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(parts(of).body, 'base64url').toString('utf8')) as Record<string, unknown>;
}

const encode = (payload: unknown): string => Buffer.from(JSON.stringify(payload)).toString('base64url');

describe('a link', () => {
  it('opens with what it was made of, whatever that is', () => {
    const claims = fc.record<LinkClaims>({
      taskUid: fc.string({ maxLength: 64 }),
      namespace: fc.string({ maxLength: 63 }),
      name: fc.string({ maxLength: 253 }),
      approver: fc.string({ maxLength: 22 }),
      purpose: fc.constantFrom(...linkPurposes),
      expiresAt: fc.integer({ min: start, max: start + 10_000_000_000 }),
      linkGeneration: fc.nat(),
      digest: fc.string({ maxLength: 64 }),
    });
    fc.assert(
      fc.property(claims, (made) => {
        expect(openLink(ring, mintLink(ring, made), start)).toEqual({
          kind: 'valid',
          claims: made,
          kid: 'k1',
        });
      }),
    );
  });

  it('is short enough for any channel and needs no escaping in a path', () => {
    expect(token.length).toBeLessThan(450);
    expect(token).toMatch(/^[\w.-]+$/);
  });

  it('holds no name of the approver', () => {
    const approver = approverHandle(ring, 'k1', { taskUid: 't', entry: 'alice@example.com' }) ?? '';
    const decoded = JSON.stringify(payloadOf(mintLink(ring, someClaims({ approver }))));
    expect(decoded).not.toContain('alice');
    expect(approver).toMatch(/^[\w-]{22}$/);
  });
});

describe('link-3: a link that was tampered with is forged', () => {
  it('with any single byte flipped to anything else that a path may hold', () => {
    const alphabet = Array.from('AQaz09-_.=%~');
    for (let at = 0; at < token.length; at += 1) {
      for (const letter of alphabet.filter((one) => one !== token[at])) {
        const flipped = token.slice(0, at) + letter + token.slice(at + 1);
        if (openLink(ring, flipped, start).kind !== 'forged') expect.fail(`byte ${String(at)} to ${letter}`);
      }
    }
  });

  it('link-03: with any single bit flipped', () => {
    const bytes = Buffer.from(token, 'latin1');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(openLink(ring, flipped.toString('latin1'), start)).toEqual(forged);
    }
  });

  it('link-03: with any end or beginning cut off', () => {
    for (let length = 0; length < token.length; length += 1) {
      expect(openLink(ring, token.slice(0, length), start)).toEqual(forged);
      expect(openLink(ring, token.slice(token.length - length), start)).toEqual(forged);
    }
  });

  it.each([
    ['padding behind it', `${token}=`],
    ['a dot behind it', `${token}.`],
    ['a fifth part', `${token}.x`],
    ['a blank behind it', `${token} `],
    ['a line feed behind it', `${token}\n`],
    ['its parts in other letter case', token.toUpperCase()],
    ['nothing between the dots', '...'],
  ])('with %s', (_what, changed) => {
    expect(openLink(ring, changed, start)).toEqual(forged);
  });

  it('longer than 4 KiB, even if it was ours', () => {
    const long = mintLink(ring, someClaims({ name: 'x'.repeat(4_096) }));
    expect(openLink(ring, long, start)).toEqual(forged);
  });

  it('made of anything else', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(openLink(ring, text, start)).toEqual(forged);
      }),
    );
    const segment = fc.string({ unit: fc.constantFrom(...Array.from('abcXYZ019-_')), maxLength: 60 });
    fc.assert(
      fc.property(segment, segment, (body, signature) => {
        expect(openLink(ring, `v1.k1.${body}.${signature}`, start)).toEqual(forged);
      }),
    );
  });
});

describe('link-4: what a link binds cannot be exchanged', () => {
  const other = mintLink(ring, otherClaims);

  it.each(Object.entries(shortNames))('link-04: not its %s with that of another link', (_claim, short) => {
    const mixed = { ...payloadOf(token), [short]: payloadOf(other)[short] };
    expect(mixed[short]).not.toEqual(payloadOf(token)[short]);
    const { version, kid, signature } = parts(token);
    expect(openLink(ring, `${version}.${kid}.${encode(mixed)}.${signature}`, start)).toEqual(forged);
    const theirs = parts(other).signature;
    expect(openLink(ring, `${version}.${kid}.${encode(mixed)}.${theirs}`, start)).toEqual(forged);
  });

  it('H5: not its body or its proof with those of another link', () => {
    const [one, two] = [parts(token), parts(other)];
    expect(openLink(ring, `v1.k1.${two.body}.${one.signature}`, start)).toEqual(forged);
    expect(openLink(ring, `v1.k1.${one.body}.${two.signature}`, start)).toEqual(forged);
  });

  it.each(['v0', 'v2', 'V1', '', 'v1 '])('H5: not its version with %j', (version) => {
    const { kid, body, signature } = parts(token);
    expect(openLink(ring, `${version}.${kid}.${body}.${signature}`, start)).toEqual(forged);
    const resigned = sign(ring, 'link', `${version}.${kid}.${body}`);
    expect(openLink(ring, `${version}.${kid}.${body}.${resigned}`, start)).toEqual(forged);
  });

  it.each([
    ['a claim is missing', { d: undefined }],
    ['a claim is added', { admin: true }],
    ['the purpose is unknown', { p: 'admin' }],
    ['the expiry is no whole number', { e: 1.5 }],
    ['the expiry is infinite', { e: null }],
    ['the generation is text', { g: '1' }],
  ])('and even with our own proof it is refused where %s', (_why, change) => {
    expect(openLink(ring, mintToken(ring, 'link', { ...payloadOf(token), ...change }), start)).toEqual(
      forged,
    );
  });

  it.each(['session', 'csrf', 'seal', 'handle', 'mark'] as const)(
    'nor does a proof made for a %s serve as one for a link',
    (purpose) => {
      expect(openLink(ring, mintToken(ring, purpose, payloadOf(token)), start)).toEqual(forged);
    },
  );
});

describe('link-6, H4: the key of a link', () => {
  it('link-06: may be another than the one that signs now, as long as it is in the ring', () => {
    const rotated = someRing('k2', 'k1');
    expect(openLink(rotated, token, start)).toMatchObject({ kind: 'valid', kid: 'k1' });
    expect(openLink(rotated, mintLink(rotated, someClaims()), start)).toMatchObject({ kid: 'k2' });
  });

  it('takes its links with it when it is removed', () => {
    expect(openLink(someRing('k2'), token, start)).toEqual(forged);
  });

  it.each(['k2', '../x', '__proto__', 'constructor', 'toString', 'active', '', 'K1'])(
    'is looked up by its id alone: %j is none',
    (kid) => {
      const { body, signature } = parts(token);
      expect(openLink(ring, `v1.${kid}.${body}.${signature}`, start)).toEqual(forged);
      const stolen = mac(someRing('thief'), { kid: 'thief', purpose: 'link' }, `v1.${kid}.${body}`) ?? '';
      expect(openLink(ring, `v1.${kid}.${body}.${stolen}`, start)).toEqual(forged);
    },
  );
});

describe('H8: the end of a link', () => {
  const { expiresAt } = someClaims();

  it.each([
    ['a second before its expiry', -1_000, 'valid'],
    ['a second after it, because clocks of replicas differ', 1_000, 'valid'],
    ['60 s after it', 60_000, 'valid'],
    ['a millisecond later', 60_001, 'expired'],
    ['5 minutes after it', 300_000, 'expired'],
  ])('%s: %s', (_when, after, kind) => {
    expect(openLink(ring, token, expiresAt + after).kind).toBe(kind);
    expect(isExpired({ expiresAt }, expiresAt + after)).toBe(kind === 'expired');
  });

  it('still tells whose link it was, so that a fresh one can be mailed', () => {
    expect(openLink(ring, token, expiresAt + 300_000)).toEqual({
      kind: 'expired',
      claims: someClaims(),
      kid: 'k1',
    });
  });
});

describe('the handle of an approver', () => {
  const of = (taskUid: string, entry: string, kid = 'k1'): string | undefined =>
    approverHandle(ring, kid, { taskUid, entry });

  it('differs between tasks, entries and keys, and only there', () => {
    expect(of('t', 'alice')).toBe(of('t', 'alice'));
    const all = [
      of('t', 'alice'),
      of('u', 'alice'),
      of('t', 'bob'),
      of('t', 'Alice'),
      approverHandle(someRing('k2'), 'k2', { taskUid: 't', entry: 'alice' }),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it('is unknown without its key', () => {
    expect(of('t', 'alice', 'gone')).toBeUndefined();
  });

  it('cannot be made to fit by moving letters between uid and entry', () => {
    expect(of('t","a', 'b')).not.toBe(of('t', 'a","b'));
  });
});
