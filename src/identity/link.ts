import { z } from 'zod';
import type { Instant } from '../domain/approval.ts';
import { mac, sameText, type KeyRing } from './keyring.ts';

/** What a link says. It names the approver by a keyed hash only, because URLs end up in logs. */
export interface LinkClaims {
  readonly taskUid: string;
  readonly namespace: string;
  readonly name: string;
  /** `approverHandle` of the entry of the list. */
  readonly approver: string;
  readonly purpose: 'decide' | 'view';
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

const version = 'v1';
/** Longer input is not even looked at. A link is about 400 characters. */
const maxLength = 4096;
/** Replicas' clocks may differ by this much. */
const leewayMs = 60_000;

const payload = z.strictObject({
  t: z.string(),
  n: z.string(),
  r: z.string(),
  a: z.string(),
  p: z.enum(['decide', 'view']),
  e: z.int(),
  g: z.int(),
  d: z.string(),
});

/** `v1.KID.PAYLOAD.MAC`, HMAC-SHA-256 over all before the last dot. One algorithm for each version, none to choose. */
export function mintLink(ring: KeyRing, claims: LinkClaims): string {
  const {
    taskUid: t,
    namespace: n,
    name: r,
    approver: a,
    purpose: p,
    expiresAt: e,
    linkGeneration: g,
    digest: d,
  } = claims;
  const body = Buffer.from(JSON.stringify({ t, n, r, a, p, e, g, d }), 'utf8').toString('base64url');
  const head = `${version}.${ring.active}.${body}`;
  return `${head}.${mac(ring, { kid: ring.active, purpose: 'link' }, head) ?? ''}`;
}

/** Checks a link. Whatever is wrong with a forged one, the answer is the same. */
export function openLink(ring: KeyRing, token: string, now: Instant): OpenedLink {
  const forged = { kind: 'forged' } as const;
  if (token.length > maxLength) return forged;
  const [first, kid, body, signature, ...rest] = token.split('.');
  if (
    first !== version ||
    kid === undefined ||
    body === undefined ||
    signature === undefined ||
    rest.length > 0
  )
    return forged;
  const expected = mac(ring, { kid, purpose: 'link' }, `${version}.${kid}.${body}`);
  if (expected === undefined || !sameText(expected, signature)) return forged;
  const read = payload.safeParse(parseJson(Buffer.from(body, 'base64url').toString('utf8')));
  if (!read.success) return forged;
  const { t, n, r, a, p, e, g, d } = read.data;
  const claims = {
    taskUid: t,
    namespace: n,
    name: r,
    approver: a,
    purpose: p,
    expiresAt: e,
    linkGeneration: g,
    digest: d,
  };
  return { kind: now > e + leewayMs ? 'expired' : 'valid', claims, kid };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The keyed hash that stands for one entry of one task's list; undefined where the key is gone. */
export function approverHandle(
  ring: KeyRing,
  kid: string,
  { taskUid, entry }: { taskUid: string; entry: string },
): string | undefined {
  return mac(ring, { kid, purpose: 'handle' }, JSON.stringify([taskUid, entry.toLowerCase()]))?.slice(0, 22);
}
