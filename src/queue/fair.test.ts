import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { FairQueue } from './fair.ts';

function drained(queue: FairQueue<string>): string[] {
  const items: string[] = [];
  for (let item = queue.shift(); item !== undefined; item = queue.shift()) items.push(item);
  return items;
}

it('lets a party with one item go second, however many another one has waiting', () => {
  const queue = new FairQueue<string>();
  for (let i = 0; i < 5_000; i += 1) queue.push('crowded', `crowded-${String(i)}`);
  queue.push('quiet', 'quiet-0');
  expect([queue.shift(), queue.shift(), queue.shift()]).toEqual(['crowded-0', 'quiet-0', 'crowded-1']);
});

it('gives a party that comes back its turn behind those that wait already', () => {
  const queue = new FairQueue<string>();
  queue.push('a', 'a1');
  queue.push('b', 'b1');
  expect(queue.shift()).toBe('a1');
  queue.push('a', 'a2');
  expect(drained(queue)).toEqual(['b1', 'a2']);
});

it('is empty after it was cleared, and takes new items then', () => {
  const queue = new FairQueue<string>();
  queue.push('a', 'a1');
  queue.clear();
  expect(queue.shift()).toBeUndefined();
  queue.push('a', 'a2');
  expect(drained(queue)).toEqual(['a2']);
});

const parties = ['a', 'b', 'c', 'd'];

it('loses and invents nothing, keeps each party’s order, and never lets one wait for two turns of another', () => {
  const steps = fc.array(fc.oneof(fc.constantFrom(...parties), fc.constant('shift')), { maxLength: 400 });
  fc.assert(
    fc.property(steps, (script) => {
      const queue = new FairQueue<{ party: string; number: number }>();
      const waiting = new Map<string, number[]>(parties.map((party) => [party, []]));
      /** How often each other party had its turn since this one began to wait or had its own. */
      const overtaken = new Map<string, Map<string, number>>();
      let count = 0;
      const take = (): void => {
        const item = queue.shift();
        const some = parties.filter((party) => waiting.get(party)?.length !== 0);
        expect(item === undefined).toBe(some.length === 0);
        if (item === undefined) return;
        expect(waiting.get(item.party)?.shift()).toBe(item.number);
        for (const party of some.filter((other) => other !== item.party)) {
          const turns = overtaken.get(party) ?? new Map<string, number>();
          overtaken.set(party, turns.set(item.party, (turns.get(item.party) ?? 0) + 1));
          expect(turns.get(item.party)).toBeLessThanOrEqual(1);
        }
        overtaken.delete(item.party);
      };
      for (const step of script) {
        if (step === 'shift') take();
        else {
          waiting.get(step)?.push((count += 1));
          queue.push(step, { party: step, number: count });
        }
      }
      while ([...waiting.values()].some((line) => line.length > 0)) take();
    }),
    { numRuns: 500 },
  );
});
