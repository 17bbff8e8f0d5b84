/**
 * The one spelling of a JSON value that is hashed, sealed or compared: RFC 8785 (keys in the order of their UTF-16
 * units, no spaces, strings and numbers as ECMAScript writes them). Members that are undefined are left out.
 *
 * Throws a TypeError for what JSON cannot say: NaN, infinities, functions, bigints, undefined outside of an object.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'object') return canonicalObject(value);
  const isJson = typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
  if (!isJson) throw new TypeError(`not a JSON value: a ${typeof value}`);
  return JSON.stringify(value);
}

function canonicalObject(value: object | null): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `[${value.map((item: unknown) => canonicalJson(item)).join(',')}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}
