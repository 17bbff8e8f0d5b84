import { createHmac } from 'node:crypto';

/** What a signature covers. */
export interface Signed {
  /** Without a dot, which separates the three. */
  readonly id: string;
  /** When it is sent, in whole seconds since 1970. */
  readonly seconds: number;
  readonly body: string;
}

const prefix = 'whsec_';

/**
 * The headers of a request in the form of Standard Webhooks 1.0.0 ("Webhook headers"): one signature for each secret,
 * in their order, so that a receiver who knows any of them can check it.
 */
export function signatureHeaders(signed: Signed, secrets: readonly string[]): Record<string, string> {
  const { id, seconds } = signed;
  return {
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': secrets.map((secret) => signature(signed, secret)).join(' '),
  };
}

function signature({ id, seconds, body }: Signed, secret: string): string {
  const key = Buffer.from(secret.slice(prefix.length), 'base64');
  const mac = createHmac('sha256', key).update(`${id}.${String(seconds)}.${body}`);
  return `v1,${mac.digest('base64')}`;
}
