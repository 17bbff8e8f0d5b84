/**
 * Whether a name is a listed entry. Strict, because it is used to allow: equal to the letter, e-mail addresses without
 * regard to the case of A to Z. Unicode's case mapping is kept out: it turns foreign letters into ours (U+212A, the
 * Kelvin sign, into k).
 */
export function sameEntry(a: string, b: string): boolean {
  return entryKey(a) === entryKey(b);
}

/** Equal for two names that are the same entry. */
export function entryKey(entry: string): string {
  const isAddress = /^[^@\s]+@[^@\s]+$/u.test(entry);
  return isAddress ? entry.replaceAll(/[A-Z]/gu, (letter) => letter.toLowerCase()) : entry;
}
