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
  const whose =
    deadline.by === 'request'
      ? 'That is the deadline of this request.'
      : 'Then the time limit of the pipeline run itself ends it.';
  const left = deadline.at - now;
  if (left <= 0) {
    return (
      <>
        The time to answer ended at <Time at={deadline.at} />.
      </>
    );
  }
  return (
    <>
      Answer <strong>in {readableSpan(left)}</strong> at the latest, before <Time at={deadline.at} />. {whose}
    </>
  );
}

/** How long ago something was, as people say it. */
export function ago(at: Instant, now: Instant): string {
  return `${readableSpan(Math.max(0, now - at))} ago`;
}
