import { createHmac, timingSafeEqual } from 'node:crypto';

/** How old or new an event may be: what somebody recorded cannot be played back later. */
const toleranceSeconds = 300;

/**
 * Whether a request was signed with one of the secrets, as Standard Webhooks 1.0.0 describes it: over the id, the time
 * and the body as it came, byte for byte. `now` is in milliseconds.
 */
export function isSigned({ headers, body }, secrets, now) {
  const id = headers['webhook-id'] ?? '';
  const timestamp = headers['webhook-timestamp'] ?? '';
  if (id === '' || !/^\d+$/.test(timestamp)) return false;
  if (Math.abs(now / 1000 - Number(timestamp)) > toleranceSeconds) return false;
  const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
  const signatures = (headers['webhook-signature'] ?? '').split(' ');
  return secrets.some((secret) => signatures.some((one) => fits(one, signed, secret)));
}

function fits(signature, signed, secret) {
  const [version, mac = ''] = signature.split(',');
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const own = createHmac('sha256', key).update(signed).digest();
  const given = Buffer.from(mac, 'base64');
  return version === 'v1' && given.length === own.length && timingSafeEqual(given, own);
}
