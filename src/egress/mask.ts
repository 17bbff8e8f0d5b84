const masked = '***';

/** Shorter secrets are not searched for: masking every `a` would hide the message and tell the secret's length. */
const shortestSecret = 4;

/** An e-mail address, also where a server wrapped it in angle brackets or an ORCPT prefix. */
const address = /[^\s<>()[\]:;,"'=@]+@[^\s<>()[\]:;,"'@]+/gu;
/** Path and query of a URL count as secret (a link, a webhook), so the whole of it goes. */
const url = /\bhttps?:[^\s<>"']*/giu;
/** Tokens, keys and base64: long runs without a blank. What else is that long says nothing to people. */
const token = /[\w+/=.~-]{40,}/gu;

/**
 * A text of another party, such as a server's answer, made fit for status, Events and logs: on one line, without
 * control characters, addresses, URLs, anything token-shaped, or the given secrets, also base64-encoded.
 */
export function maskText(text: string, secrets: readonly string[] = []): string {
  const known = secrets
    .filter((secret) => secret.length >= shortestSecret)
    .flatMap((secret) => [secret, Buffer.from(secret, 'utf8').toString('base64')])
    .toSorted((a, b) => b.length - a.length);
  const withoutSecrets = known.reduce((left, secret) => left.replaceAll(secret, masked), text);
  return withoutSecrets
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll(url, masked)
    .replaceAll(address, masked)
    .replaceAll(token, masked)
    .replaceAll(/\s{2,}/gu, ' ')
    .trim();
}
