import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Instant } from '../domain/approval.ts';
import { prove, proves, type KeyRing } from './keyring.ts';
import { linkPurposes, type LinkClaims } from './link.ts';
import { mintToken, readToken } from './token.ts';

/** What a browser holds after it opened a link: the right to answer one task as one approver, for some hours. */
export interface Session {
  /** New with each opening, so that nobody can know a session's id beforehand. */
  readonly id: string;
  readonly claims: Omit<LinkClaims, 'digest'>;
  /** The key that signed the link. A session dies with it, whichever key signed the session. */
  readonly linkKid: string;
  readonly openedAt: Instant;
}

/** A working day. Afterwards the link in the mail opens a new one. */
export const sessionMs = 8 * 3_600_000;

const payload = z.strictObject({
  s: z.string(),
  t: z.string(),
  n: z.string(),
  r: z.string(),
  a: z.string(),
  p: z.enum(linkPurposes),
  e: z.int(),
  g: z.int(),
  k: z.string(),
  o: z.int(),
});

/** The value of the session's cookie. */
export function mintSession(ring: KeyRing, { id, claims, linkKid, openedAt }: Session): string {
  const body: z.infer<typeof payload> = {
    s: id,
    t: claims.taskUid,
    n: claims.namespace,
    r: claims.name,
    a: claims.approver,
    p: claims.purpose,
    e: claims.expiresAt,
    g: claims.linkGeneration,
    k: linkKid,
    o: openedAt,
  };
  return mintToken(ring, 'session', body);
}

/**
 * Reads a cookie's value; undefined where it is not ours, too old, or rests on a link whose key was removed. Whether
 * the link has expired meanwhile is left to the caller: such a session may still ask for a new one.
 */
export function openSession(ring: KeyRing, value: string, now: Instant): Session | undefined {
  const read = payload.safeParse(readToken(ring, 'session', value)?.payload);
  if (!read.success) return undefined;
  const { s, t, n, r, a, p, e, g, k, o } = read.data;
  if (now > o + sessionMs || !ring.keys.has(k)) return undefined;
  const claims = {
    taskUid: t,
    namespace: n,
    name: r,
    approver: a,
    purpose: p,
    expiresAt: e,
    linkGeneration: g,
  };
  return { id: s, claims, linkKid: k, openedAt: o };
}

/**
 * Names a session in its cookie and in the address of its page. Neither secret nor telling: it is made from the task's
 * uid and the keyed hash of the approver, so the same link has the same name again.
 */
export function sessionHandle({ claims }: Pick<Session, 'claims'>): string {
  const text = JSON.stringify([claims.taskUid, claims.approver]);
  return createHash('sha256').update(text, 'utf8').digest('base64url').slice(0, 22);
}

/** Proves that a form was rendered for this session, its task and this nonce. */
export function mintFormProof(ring: KeyRing, session: Session, nonce: string): string {
  return prove(ring, 'csrf', formText(session, nonce));
}

export function checkFormProof(ring: KeyRing, session: Session, form: FormProof): boolean {
  return proves(ring, 'csrf', { text: formText(session, form.nonce), proof: form.proof });
}

/** What a posted form says about where it was rendered. */
export interface FormProof {
  readonly nonce: string;
  readonly proof: string;
}

function formText({ id, claims }: Session, nonce: string): string {
  return JSON.stringify([id, claims.taskUid, nonce]);
}
