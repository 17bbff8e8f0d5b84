import { keyOf } from '../../src/kube/object.ts';
import type { Key } from '../../src/kube/object.ts';
import { thing } from './following.ts';
import type { Thing } from './following.ts';

/** Of more than one byte a character: a cut may fall inside one. */
const oddText = 'ü-ひ-😀';

/** One line of a history. */
export interface Happened {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly version: number;
  readonly object: Thing;
}

/** What an API server keeps: objects, and all that ever happened to them, one version each. */
export class ObjectStore {
  /** The version of the latest change. */
  version = 10;
  /** What happened before this version is forgotten. */
  compacted = 0;
  readonly history: Happened[] = [];
  /** Every state an object was ever in, by uid and version. */
  readonly states = new Map<string, Thing>();
  /** Told of each change. */
  onChange: (happened: Happened) => void = () => undefined;
  readonly #objects = new Map<Key, Thing>();
  #uids = 0;

  get objects(): Thing[] {
    return [...this.#objects.values()];
  }

  has(key: Key): boolean {
    return this.#objects.has(key);
  }

  /** Creates an object, or changes the one that has that name. */
  put(namespace: string, name: string, value: number): void {
    const known = this.#objects.get(keyOf({ namespace, name }));
    const uid = known?.metadata.uid ?? `${oddText}-${String((this.#uids += 1))}`;
    this.#happen(known === undefined ? 'ADDED' : 'MODIFIED', { namespace, name, uid, value });
  }

  remove(key: Key): void {
    const known = this.#objects.get(key);
    if (known === undefined) return;
    const { name, namespace = '', uid } = known.metadata;
    this.#happen('DELETED', { namespace, name, uid, value: known.value ?? 0 });
  }

  /** Forgets what happened up to now: nobody can go on from an earlier version. */
  compact(): void {
    this.compacted = this.version;
  }

  /** What there was at a version. */
  at(version: number): Thing[] {
    const objects = new Map<Key, Thing>();
    for (const { type, object, version: then } of this.history) {
      if (then > version) break;
      if (type === 'DELETED') objects.delete(keyOf(object));
      else objects.set(keyOf(object), object);
    }
    return [...objects.values()];
  }

  /** What happened after a version; undefined where that is no longer known. */
  since(version: number): Happened[] | undefined {
    if (version < this.compacted) return undefined;
    return this.history.filter((happened) => happened.version > version);
  }

  #happen(
    type: Happened['type'],
    { namespace, name, uid, value }: { namespace: string; name: string; uid: string; value: number },
  ): void {
    this.version += 1;
    const object = thing(name, this.version, { namespace, uid, value });
    if (type === 'DELETED') this.#objects.delete(keyOf(object));
    else this.#objects.set(keyOf(object), object);
    this.states.set(`${uid}@${String(this.version)}`, object);
    const happened = { type, version: this.version, object };
    this.history.push(happened);
    this.onChange(happened);
  }
}
