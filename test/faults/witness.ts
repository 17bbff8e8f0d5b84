import { isOlder } from '../../src/kube/version.ts';
import { keyOf } from '../../src/kube/object.ts';
import type { Key, KubeObject } from '../../src/kube/object.ts';
import type { Change } from '../../src/kube/reflector.ts';

const stateOf = ({ metadata }: KubeObject): string => `${metadata.uid}@${metadata.resourceVersion}`;

/** A handler that notes all it is told and complains where that is no history of one object after the other. */
export class Witness<T extends KubeObject> {
  /** What was told and cannot have been. */
  readonly complaints: string[] = [];
  readonly #last = new Map<Key, T>();

  /** What is there by what was told. */
  get objects(): T[] {
    return [...this.#last.values()];
  }

  readonly hear = (change: Change<T>): void => {
    const { kind, object, previous } = change;
    const key = keyOf(object);
    const known = this.#last.get(key);
    const why = kind === 'added' ? this.#added(known) : this.#followed(known, change);
    if (why !== undefined) this.complaints.push(`${kind} ${key} ${stateOf(object)}: ${why}`);
    if (kind === 'added' ? previous !== undefined : previous !== known) {
      this.complaints.push(`${kind} ${key}: previous is not what was told before`);
    }
    if (kind === 'deleted') this.#last.delete(key);
    else this.#last.set(key, object);
  };

  #added(known: T | undefined): string | undefined {
    return known === undefined ? undefined : `${stateOf(known)} is still there`;
  }

  #followed(known: T | undefined, { kind, object }: Change<T>): string | undefined {
    if (known === undefined) return 'it was never added';
    if (known.metadata.uid !== object.metadata.uid) return `${stateOf(known)} was another object`;
    const [before, now] = [known.metadata.resourceVersion, object.metadata.resourceVersion];
    if (isOlder(now, before)) return `it was at ${before} already`;
    return kind === 'updated' && before === now ? 'nothing changed' : undefined;
  }
}
