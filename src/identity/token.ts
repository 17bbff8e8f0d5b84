import { mac, sameText, sign, type KeyRing, type Purpose } from './keyring.ts';

const version = 'v1';
/** Longer input is not even looked at. A link is about 400 characters. */
const maxLength = 4096;

/** What a token said, and the key that it was made with. */
export interface ReadToken {
  readonly payload: unknown;
  readonly kid: string;
}

/** `v1.KID.PAYLOAD.MAC`, HMAC-SHA-256 over all before the last dot. One algorithm for each version, none to choose. */
export function mintToken(ring: KeyRing, purpose: Purpose, payload: object): string {
  const body = Buffer.from(JSON.stringify(payload), 'utf8').toString('base64url');
  const head = `${version}.${ring.active}.${body}`;
  return `${head}.${sign(ring, purpose, head)}`;
}

/** Reads a token of ours; undefined, whatever is wrong with it. Nothing of it is parsed before its proof holds. */
export function readToken(ring: KeyRing, purpose: Purpose, token: string): ReadToken | undefined {
  if (token.length > maxLength) return undefined;
  const dot = token.lastIndexOf('.');
  const head = token.slice(0, Math.max(0, dot));
  const [first, kid, body, ...rest] = head.split('.');
  if (first !== version || kid === undefined || body === undefined || rest.length > 0) return undefined;
  const expected = mac(ring, { kid, purpose }, head);
  if (expected === undefined || !sameText(expected, token.slice(dot + 1))) return undefined;
  return { payload: parseJson(Buffer.from(body, 'base64url').toString('utf8')), kid };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
