/** Longer strings are hardly ever equal. */
const longest = 128;
/** What lies deeper is left as it is: nobody can nest so deep that this fails. */
const deepest = 16;
/** So many strings are remembered at least, and twice as many at most. */
const remembered = 4_096;

/**
 * Lets equal strings of many objects be one. `JSON.parse` makes a new string of each value, and objects of one kind
 * repeat most of theirs: API versions, states, namespaces, times within one second.
 */
export class StringPool {
  #young = new Map<string, string>();
  #old: ReadonlyMap<string, string> = new Map();

  /** Replaces strings in place by equal ones that were seen before. For plain JSON values. */
  share<T>(value: T): T {
    return this.#share(value, 0) as T;
  }

  #share(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return value.length > longest ? value : this.#one(value);
    if (typeof value !== 'object' || value === null || depth > deepest) return value;
    const fields = value as Record<string, unknown>;
    for (const name of Object.keys(fields)) fields[name] = this.#share(fields[name], depth + 1);
    return value;
  }

  #one(text: string): string {
    const found = this.#young.get(text) ?? this.#old.get(text) ?? text;
    if (this.#young.size >= remembered) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(found, found);
    return found;
  }
}
