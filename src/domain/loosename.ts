/**
 * Whether two names may belong to one person. Loose on purpose, because it is used to refuse, never to allow: without
 * case, compatibility forms and invisible characters (much like Unicode's NFKC_Casefold), without a +tag, and by the
 * local part alone where one side is a bare name. So `alice`, `Alice+x@y.io` and `ALICE@y.io` are one person;
 * `alice@x.io` and `alice@y.io` are two.
 */
export function samePerson(a: string, b: string): boolean {
  return mayBeOne(looseName(a), looseName(b));
}

/** The same of names that were folded before. */
export function mayBeOne(one: LooseName, other: LooseName): boolean {
  if (one.name !== other.name) return false;
  return one.domain === undefined || other.domain === undefined || one.domain === other.domain;
}

/** A name as it is compared loosely. Only names with the same `name` can be one person's. */
export interface LooseName {
  readonly name: string;
  /** Absent for a bare name. */
  readonly domain?: string;
}

export function looseName(handle: string): LooseName {
  const folded = fold(handle);
  const at = folded.lastIndexOf('@');
  if (at <= 0 || at === folded.length - 1) return { name: withoutTag(folded) };
  return { name: withoutTag(folded.slice(0, at)), domain: folded.slice(at + 1) };
}

function fold(text: string): string {
  const visible = text
    .normalize('NFKC')
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
    .trim();
  // Down, then up: each way alone leaves pairs apart (the two sharp s, the two small sigmas).
  return visible.toLowerCase().toUpperCase().normalize('NFKC');
}

/** A leading plus is no tag: `+49123` and `+49456` are two names. */
function withoutTag(name: string): string {
  const plus = name.indexOf('+');
  return plus > 0 ? name.slice(0, plus) : name;
}
