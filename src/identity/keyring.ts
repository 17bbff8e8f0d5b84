import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** Signing keys by their id, and which of them signs. Any of them verifies; removing one revokes all it signed. */
export interface KeyRing {
  readonly active: string;
  readonly keys: ReadonlyMap<string, Buffer>;
}

/** What a key may be used for. Each purpose has a subkey of its own, so that no proof serves as another. */
export type Purpose = 'link' | 'session' | 'csrf' | 'seal' | 'handle' | 'mark';

/** Name of the entry of the Secret that says which key signs; the other entries are keys. */
const activeEntry = 'active';
const keyBytes = 32;
const kidPattern = /^[A-Za-z0-9_-]{1,32}$/;

export type ParsedKeyRing =
  { readonly ok: true; readonly ring: KeyRing } | { readonly ok: false; readonly problem: string };

/** Reads a Secret's data, whose values are base64. One bad key spoils the ring: it would fail some day unnoticed. */
export function parseKeyRing(data: Readonly<Record<string, string>>): ParsedKeyRing {
  const { [activeEntry]: named, ...entries } = data;
  if (named === undefined) return { ok: false, problem: `the key Secret has no entry ${activeEntry}` };
  const keys = new Map<string, Buffer>();
  for (const [kid, value] of Object.entries(entries)) {
    const key = Buffer.from(value, 'base64');
    if (!kidPattern.test(kid))
      return { ok: false, problem: 'the key Secret has an entry whose name is no key id' };
    if (key.length < keyBytes)
      return { ok: false, problem: `key ${kid} of the key Secret is shorter than ${keyBytes} bytes` };
    keys.set(kid, key);
  }
  const active = Buffer.from(named, 'base64').toString('utf8').trim();
  if (!keys.has(active))
    return { ok: false, problem: 'the key Secret names an active key that it does not hold' };
  return { ok: true, ring: { active, keys } };
}

/** Data of a new Secret with one key. `random` gives that many random bytes. */
export function newKeyRingData(random: (bytes: number) => Buffer): Record<string, string> {
  const kid = `k${random(4).toString('hex')}`;
  return {
    [activeEntry]: Buffer.from(kid, 'utf8').toString('base64'),
    [kid]: random(keyBytes).toString('base64'),
  };
}

/** Derived once for each key and purpose: every look at a task checks a mark. They go when their key goes. */
const derived = new WeakMap<Buffer, Map<Purpose, Buffer>>();

/** The subkey of a key for one purpose (HKDF-SHA-256, RFC 5869); undefined where the ring does not hold that key. */
export function subkey(ring: KeyRing, kid: string, purpose: Purpose): Buffer | undefined {
  const key = ring.keys.get(kid);
  if (key === undefined) return undefined;
  const subkeys = derived.get(key) ?? new Map<Purpose, Buffer>();
  derived.set(key, subkeys);
  const known = subkeys.get(purpose);
  if (known !== undefined) return known;
  const made = Buffer.from(hkdfSync('sha256', key, '', `tekton-approvals/v1/${purpose}`, keyBytes));
  subkeys.set(purpose, made);
  return made;
}

/** HMAC-SHA-256 in base64url by the active key. Throws where the ring does not hold it: nothing is signed without. */
export function sign(ring: KeyRing, purpose: Purpose, text: string): string {
  const signature = mac(ring, { kid: ring.active, purpose }, text);
  if (signature === undefined) throw new Error('the key ring does not hold its active key');
  return signature;
}

/** A proof over a text as `kid.base64url`, by the active key. */
export function prove(ring: KeyRing, purpose: Purpose, text: string): string {
  return `${ring.active}.${sign(ring, purpose, text)}`;
}

/** Whether a proof of that purpose over the text was made by any key of the ring. Constant time in the proof. */
export function proves(
  ring: KeyRing,
  purpose: Purpose,
  { text, proof }: { text: string; proof: string },
): boolean {
  const dot = proof.indexOf('.');
  const expected = dot < 0 ? undefined : mac(ring, { kid: proof.slice(0, dot), purpose }, text);
  return expected !== undefined && sameText(expected, proof.slice(dot + 1));
}

/** HMAC-SHA-256 in base64url; undefined where the ring does not hold that key. */
export function mac(
  ring: KeyRing,
  { kid, purpose }: { kid: string; purpose: Purpose },
  text: string,
): string | undefined {
  const key = subkey(ring, kid, purpose);
  return key && createHmac('sha256', key).update(text, 'utf8').digest('base64url');
}

/** Compares without telling by its time where two texts differ. */
export function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8')];
  return left.length === right.length && timingSafeEqual(left, right);
}
