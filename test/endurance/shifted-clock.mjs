/**
 * A wall clock that is wrong, for the shipped bundle as it is. Node loads this module first when it is started with
 *
 *     NODE_OPTIONS='--import /…/test/endurance/shifted-clock.mjs'   SHIFTED_CLOCK_FILE=/…/shift
 *
 * (`shiftedClock` of shifted-clock.ts returns both). The file holds a whole number of milliseconds, by which `Date` is
 * ahead of the machine's clock; negative: behind. It is read again every 20 ms at most, so a test makes the clock jump by
 * writing it. No file, or an empty one: no shift. What a wrong clock does not change stays right: timers,
 * `performance.now()`, and the time by which OpenSSL judges certificates.
 */
import { readFileSync } from 'node:fs';

const file = process.env.SHIFTED_CLOCK_FILE ?? '';
const RealDate = Date;
const readEveryMs = 20;
let shift = 0;
let readAt = Number.NEGATIVE_INFINITY;

function shiftNow() {
  const now = performance.now();
  if (now - readAt < readEveryMs) return shift;
  readAt = now;
  try {
    const text = readFileSync(file, 'utf8').trim();
    // A file that is just being written is empty.
    if (text !== '') shift = Number(text);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  return shift;
}

const now = () => RealDate.now() + shiftNow();

globalThis.Date = new Proxy(RealDate, {
  apply: () => new RealDate(now()).toString(),
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
});
