import { keyOf } from './object.ts';
import type { Key, KubeObject } from './object.ts';

/** What became of one object in the cache. `previous` is what the cache held before. */
export interface Change<T> {
  readonly kind: 'added' | 'updated' | 'deleted';
  readonly object: T;
  readonly previous?: T;
}

/** The values under which an object is to be found, such as the uids of its owners. */
export type IndexFunction<T> = (object: T) => string[];

interface Index<T> {
  readonly valuesOf: IndexFunction<T>;
  readonly keys: Map<string, Set<Key>>;
}

/**
 * Objects by key and by the indexes asked for. Every write returns the changes it made, in order. Two objects of one
 * name but different uids are two objects: the old one is reported deleted, then the new one added.
 */
export class Cache<T extends KubeObject> {
  readonly #objects = new Map<Key, T>();
  readonly #indexes = new Map<string, Index<T>>();

  constructor(indexes: Record<string, IndexFunction<T>> = {}) {
    for (const [name, valuesOf] of Object.entries(indexes)) {
      this.#indexes.set(name, { valuesOf, keys: new Map() });
    }
  }

  get(key: Key): T | undefined {
    return this.#objects.get(key);
  }

  /** How many objects there are. */
  get size(): number {
    return this.#objects.size;
  }

  all(): T[] {
    return [...this.#objects.values()];
  }

  keys(): Key[] {
    return [...this.#objects.keys()];
  }

  /** Throws where there is no such index: a misspelt name must not look like an empty result. */
  byIndex(name: string, value: string): T[] {
    const index = this.#indexes.get(name);
    if (index === undefined) throw new TypeError(`no index ${name}`);
    const found: T[] = [];
    for (const key of index.keys.get(value) ?? []) {
      const object = this.#objects.get(key);
      if (object !== undefined) found.push(object);
    }
    return found;
  }

  /** Stores an object. One that is there already in the same version is no change. */
  put(object: T): Change<T>[] {
    const key = keyOf(object);
    const previous = this.#objects.get(key);
    if (previous !== undefined && previous.metadata.uid !== object.metadata.uid) {
      return [...this.remove(key), ...this.put(object)];
    }
    if (previous?.metadata.resourceVersion === object.metadata.resourceVersion) return [];
    if (previous !== undefined) this.#unindex(key, previous);
    this.#objects.set(key, object);
    this.#index(key, object);
    return [previous === undefined ? { kind: 'added', object } : { kind: 'updated', object, previous }];
  }

  /** Removes what is stored under a key; `final` is its last state, where it is known. */
  remove(key: Key, final?: T): Change<T>[] {
    const previous = this.#objects.get(key);
    if (previous === undefined) return [];
    this.#unindex(key, previous);
    this.#objects.delete(key);
    return [{ kind: 'deleted', object: final ?? previous, previous }];
  }

  /** Makes the cache hold exactly these objects, in one namespace or, without one, altogether. */
  replace(items: readonly T[], namespace?: string): Change<T>[] {
    const listed = new Set(items.map((item) => keyOf(item)));
    const changes: Change<T>[] = [];
    for (const [key, object] of this.#objects) {
      const inScope = namespace === undefined || object.metadata.namespace === namespace;
      if (inScope && !listed.has(key)) changes.push(...this.remove(key));
    }
    for (const item of items) changes.push(...this.put(item));
    return changes;
  }

  #index(key: Key, object: T): void {
    for (const { valuesOf, keys } of this.#indexes.values()) {
      for (const value of valuesOf(object)) {
        const at = keys.get(value);
        if (at === undefined) keys.set(value, new Set([key]));
        else at.add(key);
      }
    }
  }

  #unindex(key: Key, object: T): void {
    for (const { valuesOf, keys } of this.#indexes.values()) {
      for (const value of valuesOf(object)) {
        const at = keys.get(value);
        at?.delete(key);
        if (at?.size === 0) keys.delete(value);
      }
    }
  }
}
