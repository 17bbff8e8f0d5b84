import { pino } from 'pino';
import { expect, test } from 'vitest';
import { KubeError } from '../kube/error.ts';
import type { RecordedEvent } from '../kube/recorder.ts';
import { NotLeading, type ControllerContext } from './context.ts';
import { reportFailure } from './failure.ts';
import { key, someRun } from './fixture.ts';

/** So many failures in a row of one run. */
function fail(error: unknown, times: number, object: ReturnType<typeof someRun> | undefined = someRun()) {
  const lines: string[] = [];
  const events: RecordedEvent[] = [];
  const log = pino({}, { write: (line: string) => lines.push(line) });
  // Only what is called.
  const recorder = {
    event: (event: RecordedEvent) => events.push(event),
  } as unknown as ControllerContext['recorder'];
  const about = { controller: 'customrun', key, apiVersion: 'tekton.dev/v1beta1', kind: 'CustomRun', object };
  for (let failures = 1; failures <= times; failures += 1)
    reportFailure({ log, recorder }, { ...about, error, failures });
  return { lines, events };
}

test('a hiccup is one line and no Event', () => {
  const { lines, events } = fail(new KubeError('conflict', { status: 409 }), 1);
  expect([lines.length, events.length]).toEqual([1, 0]);
});

test('a run that is refused for ever says so on itself, and ever more rarely in the log', () => {
  const { lines, events } = fail(new KubeError('exceeded quota', { status: 403 }), 100);
  expect(lines).toHaveLength(7);
  expect(events[0]).toMatchObject({ reason: 'ReconcileFailed', regarding: { uid: 'run-uid' } });
  expect(events[0]?.note).toContain('exceeded quota');
});

test('a refused call is logged without a stack, a fault of ours with it', () => {
  expect(fail(new KubeError('refused', { status: 403 }), 1).lines[0]).not.toContain('"stack"');
  expect(fail(new TypeError('fault'), 1).lines[0]).toContain('"stack"');
  expect(fail(new TypeError('fault'), 6).events).toHaveLength(1);
});

test.each([0, 429, 502, 503, 504])('an API server that answers %i is not blamed on the object', (status) => {
  expect(fail(new KubeError('away', { status }), 50).events).toEqual([]);
});

test('an internal error is blamed on the object only when it lasts: it may be too large to be stored', () => {
  const tooLarge = new KubeError('etcdserver: request is too large', { status: 500 });
  expect(fail(tooLarge, 11).events).toEqual([]);
  expect(fail(tooLarge, 12).events).toMatchObject([{ note: expect.stringContaining('too large') }]);
});

test('lost leadership is no failure', () => {
  expect(fail(new NotLeading(), 50)).toEqual({ lines: [], events: [] });
});
