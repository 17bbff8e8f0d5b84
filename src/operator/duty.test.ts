import { expect, test } from 'vitest';
import { Duty } from './duty.ts';

/** Leadership, readiness and work, all by hand. */
function stage() {
  const ready = Promise.withResolvers<void>();
  const state = { leading: true, begun: [] as string[] };
  const duty = new Duty({
    work: {
      start: () => state.begun.push('start'),
      stop: async () => {
        state.begun.push('stop');
      },
      handOver: async () => {
        state.begun.push('hand over');
      },
    },
    ready: async () => ready.promise,
    isLeader: () => state.leading,
    graceMs: 1_000,
  });
  return { duty, ready, state };
}

test('work begins once the caches are full', async () => {
  const { duty, ready, state } = stage();
  const gained = duty.gained();
  expect(state.begun).toEqual([]);
  ready.resolve();
  await gained;
  expect(state.begun).toEqual(['start']);
});

test('leadership that is lost before the caches are full begins nothing', async () => {
  const { duty, ready, state } = stage();
  const gained = duty.gained();
  state.leading = false;
  await duty.lost();
  ready.resolve();
  await gained;
  expect(state.begun).toEqual(['stop']);
});

test('a process that was asked to end begins nothing, though it still leads', async () => {
  const { duty, ready, state } = stage();
  const gained = duty.gained();
  await duty.end();
  ready.resolve();
  await gained;
  expect(state.begun).toEqual(['hand over']);
});

test('who does not lead has nothing to hand over', async () => {
  const { duty, state } = stage();
  state.leading = false;
  await duty.end();
  expect(state.begun).toEqual(['stop']);
});
