import type { JSX } from 'preact';

import type { Instant } from '../../domain/approval.ts';
import type { End } from '../../domain/deadline.ts';
import { formatInstant } from '../../domain/instant.ts';
import { readableSpan, readableTime, readableTimeLeft } from '../../notify/when.ts';

/** An instant in UTC. The page's script, where it runs, rewrites it to the reader's own time. */
export function Time({ at }: { at: Instant }): JSX.Element {
  return <time dateTime={formatInstant(at)}>{readableTime(at)}</time>;
}

interface DeadlineProps {
  deadline: End | undefined;
  now: Instant;
  /** Who is told to hurry: the reader, unless somebody else has to. */
  must?: string;
}

/** Until when an answer counts, how long that is from now, and what happens then. */
export function Deadline({ deadline, now, must = 'Answer' }: DeadlineProps): JSX.Element {
  if (deadline === undefined) return <>There is no time limit.</>;
  const time = <Time at={deadline.at} />;
  const left = deadline.at - now;
  if (left <= 0) return <>The time to answer ended at {time}.</>;
  return (
    <>
      {must} within <strong>{readableTimeLeft(left)}</strong>, before {time}. {then[deadline.by]}
    </>
  );
}

const then: Record<End['by'], string> = {
  request: 'Then this request times out.',
  pipelineRun: 'Then the pipeline run ends, and this request with it.',
};

/** How long ago something was, as people say it. */
export function ago(at: Instant, now: Instant): string {
  return `${readableSpan(Math.max(0, now - at))} ago`;
}
