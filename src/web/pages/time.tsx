import type { JSX } from 'preact';

import type { Instant } from '../../domain/approval.ts';
import { formatInstant } from '../../domain/instant.ts';
import { readableSpan, readableTime } from '../../notify/when.ts';
import type { DeadlineModel } from './model.ts';

/** An instant in UTC. The page's script, where it runs, rewrites it to the reader's own time. */
export function Time({ at }: { at: Instant }): JSX.Element {
  return <time dateTime={formatInstant(at)}>{readableTime(at)}</time>;
}

/** Until when an answer counts, how long that is from now, and whose limit it is. */
export function Deadline(props: { deadline: DeadlineModel | undefined; now: Instant }): JSX.Element {
  const { deadline, now } = props;
  if (deadline === undefined) return <>There is no time limit.</>;
  const time = <Time at={deadline.at} />;
  const left = deadline.at - now;
  if (left <= 0) return <>The time to answer ended at {time}.</>;
  return (
    <>
      <strong>In {readableSpan(left)}</strong>, at {time}, {limit[deadline.by]}
    </>
  );
}

const limit: Record<DeadlineModel['by'], string> = {
  request: 'this request reaches its own deadline.',
  pipelineRun: 'the pipeline run reaches its time limit, and that ends this request.',
};

/** How long ago something was, as people say it. */
export function ago(at: Instant, now: Instant): string {
  return `${readableSpan(Math.max(0, now - at))} ago`;
}
