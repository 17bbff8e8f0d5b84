import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { start } from '../domain/fixture.ts';
import { someClaims, someRing } from './fixture.ts';
import { mintLink, type LinkClaims } from './link.ts';
import {
  checkFormProof,
  mintFormProof,
  mintSession,
  openSession,
  sessionHandle,
  sessionMs,
  type Session,
} from './session.ts';
import { mintToken } from './token.ts';

const ring = someRing('k1');

function someSession(
  session: Partial<Omit<Session, 'claims'>> = {},
  claims: Partial<LinkClaims> = {},
): Session {
  const { digest: _shown, ...rest } = someClaims(claims);
  return { id: 'session-1', claims: rest, linkKid: 'k1', openedAt: start, ...session };
}

const otherTask = { taskUid: '7d0f2a54-0002-4000-8000-000000000002', name: 'payout-approve' };

describe('a session', () => {
  it('is read from its cookie as it was written', () => {
    const session = fc.record({
      id: fc.string(),
      openedAt: fc.integer({ min: start - sessionMs, max: start }),
      taskUid: fc.string(),
      approver: fc.string(),
      linkGeneration: fc.nat(),
    });
    fc.assert(
      fc.property(session, ({ id, openedAt, ...claims }) => {
        const made = someSession({ id, openedAt }, claims);
        expect(openSession(ring, mintSession(ring, made), start)).toEqual(made);
      }),
    );
  });

  it('ends after 8 hours', () => {
    const value = mintSession(ring, someSession());
    expect(openSession(ring, value, start + sessionMs)).toBeDefined();
    expect(openSession(ring, value, start + sessionMs + 1)).toBeUndefined();
  });

  it('survives a rotation, and dies with the key of its link even if another key signed it', () => {
    const both = someRing('k2', 'k1');
    const value = mintSession(both, someSession({ linkKid: 'k1' }));
    expect(openSession(both, value, start)).toBeDefined();
    expect(openSession(someRing('k2'), value, start)).toBeUndefined();
  });

  it('dies with the key that signed it', () => {
    const value = mintSession(ring, someSession({ linkKid: 'k2' }));
    expect(openSession(someRing('k2'), value, start)).toBeUndefined();
  });

  it('cannot be made from a link, nor a link from it', () => {
    expect(openSession(ring, mintLink(ring, someClaims()), start)).toBeUndefined();
    const [, , body = ''] = mintSession(ring, someSession()).split('.');
    const payload = JSON.parse(Buffer.from(body, 'base64url').toString()) as object;
    expect(openSession(ring, mintToken(ring, 'link', payload), start)).toBeUndefined();
    expect(openSession(ring, mintToken(ring, 'session', payload), start)).toBeDefined();
  });

  it('is refused with any byte changed or cut off', () => {
    const value = mintSession(ring, someSession());
    for (let at = 0; at < value.length; at += 1) {
      const changed = value.slice(0, at) + (value[at] === 'A' ? 'B' : 'A') + value.slice(at + 1);
      expect(openSession(ring, changed, start)).toBeUndefined();
      expect(openSession(ring, value.slice(0, at), start)).toBeUndefined();
    }
  });
});

describe('the handle of a session', () => {
  it('is the same for the same link and differs for another task or approver', () => {
    const handle = sessionHandle(someSession());
    expect(handle).toMatch(/^[\w-]{22}$/);
    expect(sessionHandle(someSession({ id: 'session-2', openedAt: start + 1 }))).toBe(handle);
    expect(sessionHandle(someSession({}, otherTask))).not.toBe(handle);
    expect(sessionHandle(someSession({}, { approver: 'b' }))).not.toBe(handle);
  });
});

describe('link-2: the proof in a form', () => {
  const nonce = 'nonce-1';
  const proof = mintFormProof(ring, someSession(), nonce);

  it('holds for its session, task and nonce', () => {
    expect(checkFormProof(ring, someSession(), { nonce, proof })).toBe(true);
    expect(checkFormProof(someRing('k2', 'k1'), someSession(), { nonce, proof })).toBe(true);
  });

  it.each<[string, Session, { nonce: string; proof: string }]>([
    ['another session of the same link', someSession({ id: 'session-2' }), { nonce, proof }],
    ['H6: another task', someSession({}, otherTask), { nonce, proof }],
    ['another nonce', someSession(), { nonce: 'nonce-2', proof }],
    ['no nonce', someSession(), { nonce: '', proof }],
    ['no proof', someSession(), { nonce, proof: '' }],
    ['half a proof', someSession(), { nonce, proof: proof.slice(0, -1) }],
  ])('but not for %s', (_what, session, form) => {
    expect(checkFormProof(ring, session, form)).toBe(false);
  });

  it('dies with its key', () => {
    expect(checkFormProof(someRing('k2'), someSession(), { nonce, proof })).toBe(false);
  });
});
