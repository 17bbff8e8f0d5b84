import v8 from 'node:v8';
import vm from 'node:vm';
import { array, assert, json, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StringPool } from './stringpool.ts';

v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc') as () => void;

/** What the heap holds more after making something, in bytes. */
function heldBy(make: () => unknown): number {
  collect();
  const before = process.memoryUsage().heapUsed;
  const made = make();
  collect();
  const after = process.memoryUsage().heapUsed;
  expect(made).toBeDefined();
  return after - before;
}

describe('a pool of strings', () => {
  it('changes nothing that can be seen', () => {
    assert(
      property(array(json()), (texts) => {
        const pool = new StringPool();
        for (const text of texts) expect(pool.share(JSON.parse(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('leaves a key named __proto__ what it is', () => {
    const text = '{"__proto__":{"a":"b"},"c":"d"}';
    expect(JSON.stringify(new StringPool().share(JSON.parse(text)))).toBe(text);
  });

  it('stands nesting of any depth', () => {
    const text = '[1,'.repeat(50_000) + '[]' + ']'.repeat(50_000);
    expect(() => new StringPool().share(JSON.parse(text) as unknown)).not.toThrow();
  });

  it('makes many objects with equal strings a fraction of their size', () => {
    const text = JSON.stringify(Array.from({ length: 20 }, (_, n) => `${String(n)} ${'equal '.repeat(15)}`));
    const many = (parse: () => unknown): unknown[] => Array.from({ length: 5_000 }, parse);
    const pool = new StringPool();
    const shared = heldBy(() => many(() => pool.share(JSON.parse(text))));
    const apart = heldBy(() => many(() => JSON.parse(text)));
    expect(shared).toBeLessThan(apart / 3);
  });

  it('forgets strings that are not seen again', () => {
    const pool = new StringPool();
    const grown = heldBy(() => {
      for (let n = 0; n < 100_000; n += 1) pool.share([`${String(n)} ${'x'.repeat(100)}`]);
      return pool;
    });
    expect(grown).toBeLessThan(4_000_000);
  });
});
