import * as z from 'zod';
import type { Instant } from '../domain/approval.ts';
import type { Recipient } from '../domain/recipient.ts';
import { mac, type KeyRing } from './keyring.ts';
import { mintToken, readToken } from './token.ts';

export const linkPurposes = ['decide', 'view'] as const;

/** What a link says. It names the approver by a keyed hash only, because URLs end up in logs. */
export interface LinkClaims {
  readonly taskUid: string;
  readonly namespace: string;
  readonly name: string;
  /** `approverHandle` of whom it was made for. */
  readonly approver: string;
  /** `view` shows the request but cannot answer it. */
  readonly purpose: (typeof linkPurposes)[number];
  readonly expiresAt: Instant;
  readonly linkGeneration: number;
  /** Digest of what the approver was shown. */
  readonly digest: string;
}

export type OpenedLink =
  | { readonly kind: 'valid'; readonly claims: LinkClaims; readonly kid: string }
  /** Made by us, but too old. */
  | { readonly kind: 'expired'; readonly claims: LinkClaims; readonly kid: string }
  | { readonly kind: 'forged' };

/** Replicas' clocks may differ by this much. */
const leewayMs = 60_000;

const payload = z.strictObject({
  t: z.string(),
  n: z.string(),
  r: z.string(),
  a: z.string(),
  p: z.enum(linkPurposes),
  e: z.int(),
  g: z.int(),
  d: z.string(),
});

/** The token of a link. It is a secret: whoever has it answers as that approver. */
export function mintLink(ring: KeyRing, claims: LinkClaims): string {
  const body: z.infer<typeof payload> = {
    t: claims.taskUid,
    n: claims.namespace,
    r: claims.name,
    a: claims.approver,
    p: claims.purpose,
    e: claims.expiresAt,
    g: claims.linkGeneration,
    d: claims.digest,
  };
  return mintToken(ring, 'link', body);
}

/** Checks a link. Whatever is wrong with a forged one, the answer is the same. */
export function openLink(ring: KeyRing, token: string, now: Instant): OpenedLink {
  const found = readToken(ring, 'link', token);
  const read = payload.safeParse(found?.payload);
  if (found === undefined || !read.success) return { kind: 'forged' };
  const { t, n, r, a, p, e, g, d } = read.data;
  const claims: LinkClaims = {
    taskUid: t,
    namespace: n,
    name: r,
    approver: a,
    purpose: p,
    expiresAt: e,
    linkGeneration: g,
    digest: d,
  };
  return { kind: isExpired(claims, now) ? 'expired' : 'valid', claims, kid: found.kid };
}

/** Whether a link's time is over on every replica, however far apart their clocks are within the leeway. */
export function isExpired({ expiresAt }: Pick<LinkClaims, 'expiresAt'>, now: Instant): boolean {
  return now > expiresAt + leewayMs;
}

/**
 * The keyed hash that stands for one entry of one task's list, spelt as listed, or for one member of that entry; undefined
 * where the key is gone. 132 bits: nobody can try names against it without the key.
 */
export function approverHandle(
  ring: KeyRing,
  kid: string,
  { taskUid, entry, member }: Recipient & { readonly taskUid: string },
): string | undefined {
  const named = member === undefined ? [taskUid, entry] : [taskUid, entry, member];
  return mac(ring, { kid, purpose: 'handle' }, JSON.stringify(named))?.slice(0, 22);
}
