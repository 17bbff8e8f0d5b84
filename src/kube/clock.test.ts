import { afterEach, describe, expect, it, vi } from 'vitest';
import { pause, systemClock } from './clock.ts';
import { FakeClock, settle } from './fake-clock.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('systemClock', () => {
  it('time-01: waits longer than 2^31-1 ms instead of firing at once', () => {
    vi.useFakeTimers();
    const run = vi.fn<() => void>();
    systemClock.after(60 * 86_400_000, run);
    vi.advanceTimersByTime(60 * 86_400_000 - 1);
    expect(run).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledOnce();
  });

  it('does not run what was cancelled, also after it was armed anew', () => {
    vi.useFakeTimers();
    const run = vi.fn<() => void>();
    const cancel = systemClock.after(60 * 86_400_000, run);
    vi.advanceTimersByTime(30 * 86_400_000);
    cancel();
    vi.advanceTimersByTime(60 * 86_400_000);
    expect(run).not.toHaveBeenCalled();
  });
});

describe('pause', () => {
  it('ends early when the signal is aborted, and leaves no timer behind', async () => {
    const clock = new FakeClock();
    const abort = new AbortController();
    const paused = pause(clock, 1_000, abort.signal);
    abort.abort();
    await paused;
    expect(clock.armed).toBe(0);
  });

  it('ends when its time has come', async () => {
    const clock = new FakeClock();
    let over = false;
    void pause(clock, 1_000).then(() => (over = true));
    await clock.advance(999);
    expect(over).toBe(false);
    await clock.advance(1);
    await settle();
    expect(over).toBe(true);
  });
});
