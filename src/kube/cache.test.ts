import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Cache } from './cache.ts';
import type { KubeObject } from './object.ts';
import { keyOf } from './object.ts';

interface Owned extends KubeObject {
  readonly owners: string[];
}

function object(
  name: string,
  version = 1,
  more: { uid?: string; namespace?: string; owners?: string[] } = {},
): Owned {
  const { uid = `${name}-uid`, namespace = 'ns', owners = [] } = more;
  const metadata = { name, namespace, uid, resourceVersion: `${version}`, creationTimestamp: '' };
  return { metadata, owners };
}

const byName = (a: Owned, b: Owned): number => a.metadata.name.localeCompare(b.metadata.name);

const cacheByOwner = (): Cache<Owned> => new Cache<Owned>({ owner: (o) => o.owners });

describe('Cache', () => {
  it('reports an object of the same version as no change', () => {
    const cache = cacheByOwner();
    expect(cache.put(object('a'))).toEqual([{ kind: 'added', object: object('a') }]);
    expect(cache.put(object('a'))).toEqual([]);
  });

  it('reports another uid under the same name as the old one deleted, then the new one added', () => {
    const cache = cacheByOwner();
    cache.put(object('a', 1, { uid: 'old' }));
    const again = object('a', 2, { uid: 'new' });
    expect(cache.put(again).map(({ kind, object: { metadata } }) => [kind, metadata.uid])).toEqual([
      ['deleted', 'old'],
      ['added', 'new'],
    ]);
  });

  it('replaces the objects of one namespace without touching another', () => {
    const cache = cacheByOwner();
    cache.put(object('a', 1, { namespace: 'one' }));
    cache.put(object('b', 1, { namespace: 'two' }));
    const changes = cache.replace([], 'one');
    expect(changes.map(({ kind, object: o }) => [kind, keyOf(o)])).toEqual([['deleted', 'one/a']]);
    expect(cache.all().map(keyOf)).toEqual(['two/b']);
  });

  it('finds an object by every value of an index and by none that it had before', () => {
    const cache = cacheByOwner();
    cache.put(object('a', 1, { owners: ['x', 'y'] }));
    cache.put(object('a', 2, { owners: ['y', 'z'] }));
    expect(['x', 'y', 'z'].map((owner) => cache.byIndex('owner', owner).length)).toEqual([0, 1, 1]);
    cache.remove('ns/a');
    expect(cache.byIndex('owner', 'y')).toEqual([]);
  });

  it('refuses an index it does not have, rather than to find nothing', () => {
    expect(() => cacheByOwner().byIndex('ownr', 'x')).toThrow('no index ownr');
  });

  it('tells exactly the changes that lead from any content to any other', () => {
    const objects = fc.uniqueArray(
      fc.record({
        name: fc.constantFrom('a', 'b', 'c', 'd'),
        version: fc.nat(2),
        uid: fc.constantFrom('1', '2'),
      }),
      { selector: ({ name }) => name },
    );
    fc.assert(
      fc.property(objects, objects, (before, after) => {
        const make = ({ name, version, uid }: (typeof before)[number]): Owned =>
          object(name, version, { uid });
        const cache = cacheByOwner();
        cache.replace(before.map(make));
        const seen = new Map(cache.all().map((o) => [o.metadata.uid + keyOf(o), o]));
        for (const { kind, object: o } of cache.replace(after.map(make))) {
          const id = o.metadata.uid + keyOf(o);
          expect(seen.has(id)).toBe(kind !== 'added');
          if (kind === 'deleted') seen.delete(id);
          else seen.set(id, o);
        }
        expect([...seen.values()].toSorted(byName)).toEqual(after.map(make).toSorted(byName));
        expect(cache.all().toSorted(byName)).toEqual(after.map(make).toSorted(byName));
      }),
    );
  });
});
