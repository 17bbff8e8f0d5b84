import { describe, expect, it } from 'vitest';
import { FakeClock } from './fake-clock.ts';
import { ServerClock } from './server-clock.ts';

const at = (seconds: number): string => new Date(Date.UTC(2026, 0, 1) + seconds * 1_000).toUTCString();
const ms = (seconds: number): number => Date.UTC(2026, 0, 1) + seconds * 1_000;

describe('ServerClock', () => {
  it('goes on from the last Date header', async () => {
    const clock = new FakeClock(0);
    const server = new ServerClock(clock);
    expect(server.note(at(0))).toBe(ms(0));
    await clock.advance(1_500);
    expect(server.now()).toBe(ms(1.5));
  });

  it('does not jump back by the part of a second that a header cuts off', async () => {
    const clock = new FakeClock(0);
    const server = new ServerClock(clock);
    server.note(at(0));
    await clock.advance(1_900);
    server.note(at(1));
    expect(server.now()).toBe(ms(1.9));
  });

  it('follows a server whose clock was set, forwards and backwards', async () => {
    const clock = new FakeClock(0);
    const server = new ServerClock(clock);
    server.note(at(0));
    await clock.advance(1_000);
    server.note(at(60));
    expect(server.now()).toBe(ms(60));
    server.note(at(5));
    expect(server.now()).toBe(ms(5));
  });

  it.each([undefined, '', 'yesterday'])('takes no time from the header %s', (header) => {
    const server = new ServerClock(new FakeClock());
    expect(server.note(header)).toBeUndefined();
    expect(() => server.now()).toThrow('never answered');
  });
});
