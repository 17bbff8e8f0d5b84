import { render } from 'preact-render-to-string';
import { expect, test } from 'vitest';

import type { End } from '../../domain/deadline.ts';
import { now } from './fixture.ts';
import { Deadline } from './time.tsx';

function textOf(deadline: End | undefined): string {
  return render(<Deadline deadline={deadline} now={now} />).replaceAll(/<[^>]*>/gu, '');
}

test.each<[End | undefined, string]>([
  [
    { at: now + 3 * 3_600_000, by: 'request' },
    'Answer within 3 hours, before 2026-11-21 14:30 UTC. Then this request times out.',
  ],
  [
    { at: now + 60_000, by: 'pipelineRun' },
    'Answer within 1 minute, before 2026-11-21 11:31 UTC. Then the pipeline run ends, and this request with it.',
  ],
  [
    { at: now + 86_399_000, by: 'request' },
    'Answer within 1 day, before 2026-11-22 11:29 UTC. Then this request times out.',
  ],
  [{ at: now - 1, by: 'request' }, 'The time to answer ended at 2026-11-21 11:29 UTC.'],
  [undefined, 'There is no time limit.'],
])('the deadline %o is said in full, with what happens then', (deadline, sentence) => {
  expect(textOf(deadline)).toBe(sentence);
});
