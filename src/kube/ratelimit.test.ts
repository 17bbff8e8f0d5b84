import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClock, settle } from './fake-clock.ts';
import { RateLimit, type Rate } from './ratelimit.ts';

function limit(rate: Rate) {
  const clock = new FakeClock();
  const bucket = new RateLimit(rate, clock);
  const passed: { who: string; at: number; waited: number }[] = [];
  const left: unknown[] = [];
  const pass = (who = '', signal = new AbortController().signal): void => {
    bucket.pass(signal).then(
      (waited) => passed.push({ who, at: clock.monotonic(), waited }),
      (error: unknown) => left.push(error),
    );
  };
  return { clock, pass, passed, left };
}

describe('RateLimit', () => {
  it('lets a burst pass at once and the rest at the rate, in the order they came', async () => {
    const { clock, pass, passed } = limit({ perSecond: 10, burst: 2 });
    for (const who of ['a', 'b', 'c', 'd']) pass(who);
    await clock.advance(1_000);
    expect(passed).toEqual([
      { who: 'a', at: 0, waited: 0 },
      { who: 'b', at: 0, waited: 0 },
      { who: 'c', at: 100, waited: 100 },
      { who: 'd', at: 200, waited: 200 },
    ]);
  });

  it('lets nobody who comes later overtake one who waits', async () => {
    const { clock, pass, passed } = limit({ perSecond: 10, burst: 1 });
    for (const who of ['a', 'b', 'c']) pass(who);
    await settle();
    // Time has passed, but the timer that lets b go has not fired yet.
    clock.stall(150);
    pass('late');
    await clock.advance(1_000);
    expect(passed.map(({ who }) => who)).toEqual(['a', 'b', 'c', 'late']);
  });

  it('gives the turn of one who left to the next, and uses up nothing for it', async () => {
    const { clock, pass, passed, left } = limit({ perSecond: 10, burst: 1 });
    const gone = new AbortController();
    pass('a');
    pass('gone', gone.signal);
    pass('c');
    await clock.advance(50);
    const reason = new Error('too late');
    gone.abort(reason);
    pass('gone before', AbortSignal.abort(reason));
    await clock.advance(1_000);
    expect(passed.map(({ who, at }) => [who, at])).toEqual([
      ['a', 0],
      ['c', 100],
    ]);
    expect(left).toEqual([reason, reason]);
  });

  it('leaves no timer behind when all have gone', async () => {
    const { clock, pass } = limit({ perSecond: 1, burst: 1 });
    const gone = new AbortController();
    for (const who of ['a', 'b', 'c']) pass(who, gone.signal);
    await settle();
    expect(clock.armed).toBe(1);
    gone.abort(new Error('closed'));
    await settle();
    expect(clock.armed).toBe(0);
  });

  it('saves up no more than the burst, however long nobody comes', async () => {
    const { clock, pass, passed } = limit({ perSecond: 1_000, burst: 3 });
    await clock.advance(3_600_000);
    for (let call = 0; call < 10; call += 1) pass();
    await settle();
    expect(passed).toHaveLength(3);
  });

  it.each([
    { perSecond: 0, burst: 1 },
    { perSecond: 1, burst: 0 },
    { perSecond: Number.NaN, burst: 1 },
  ])('refuses %j, which would let nothing pass', (rate) => {
    expect(() => new RateLimit(rate, new FakeClock())).toThrow(RangeError);
  });
});

describe('RateLimit, however calls come', () => {
  const rates = fc.record({
    perSecond: fc.integer({ min: 1, max: 2_000 }),
    burst: fc.integer({ min: 1, max: 20 }),
  });
  const gaps = fc.array(fc.oneof(fc.constant(0), fc.nat(30), fc.nat(2_000)), { minLength: 1, maxLength: 40 });

  /** When each call may pass at the earliest: a bucket reckoned by hand, one call after the other. */
  function earliest({ perSecond, burst }: Rate, comes: readonly number[]): number[] {
    let permits = burst;
    let at = 0;
    return comes.map((come) => {
      const ready = at + Math.max(0, ((1 - permits) * 1_000) / perSecond);
      const now = Math.max(come, ready);
      permits = Math.min(burst, permits + ((now - at) * perSecond) / 1_000) - 1;
      at = now;
      return now;
    });
  }

  it('never lets more pass in any stretch of time than the burst and its share, and none wait for nothing', async () => {
    await fc.assert(
      fc.asyncProperty(rates, gaps, async (rate, waits) => {
        const { clock, pass, passed } = limit(rate);
        const comes: number[] = [];
        for (const wait of waits) {
          await clock.advance(wait);
          comes.push(clock.monotonic());
          pass(String(comes.length));
        }
        await clock.advance(60_000);
        const times = passed.map(({ at }) => at);
        expect(passed.map(({ who }) => Number(who))).toEqual(comes.map((_, index) => index + 1));
        for (const [first, from] of times.entries()) {
          for (const [more, to] of times.slice(first).entries())
            expect(more + 1).toBeLessThanOrEqual(rate.burst + ((to - from) * rate.perSecond) / 1_000 + 1e-6);
        }
        for (const [index, soonest] of earliest(rate, comes).entries())
          expect(Math.abs((times[index] ?? 0) - soonest)).toBeLessThan(0.1);
      }),
      { numRuns: 150 },
    );
  });
});
