import type { JSX } from 'preact';

import type { Decision, Outcome } from '../../domain/approval.ts';
import { refusals, type RefusalCode } from '../../domain/refusal.ts';
import { Banner, type Tone, type View } from './layout.tsx';
import type { Page, RequestModel, ResponseModel, SettledModel } from './model.ts';
import { Answers, Awaited, didWhat, Facts, Words } from './request.tsx';
import { Name } from './text.tsx';
import { Deadline, Time } from './time.tsx';

const yours: Record<Decision, string> = {
  approve: 'Your approval was counted',
  reject: 'Your rejection was counted',
};

/** This answer was counted, and the request waits for others: it is not approved. */
export function counted(page: Extract<Page, { kind: 'counted' }>): View {
  const { request } = page;
  return {
    title: `${yours[page.decision]}, others are awaited: ${request.topic}`,
    content: (
      <>
        <Banner tone="asking" heading={yours[page.decision]} role="status">
          <p>
            The request is <strong>not settled yet</strong>: it waits for others. You answered as{' '}
            <Name of={page.answeringAs} />. There is nothing more for you to do.
          </p>
          <p>
            <Deadline deadline={request.deadline} now={request.now} must="The others have to answer" />
          </p>
        </Banner>
        <Answers request={request} />
        <Awaited request={request} />
        <Facts facts={request.content.facts} />
        <Words words={request.content.words} />
      </>
    ),
  };
}

/** The answer is stored, and nothing is known about what became of it. */
export function recorded(page: Extract<Page, { kind: 'recorded' }>): View {
  return {
    title: 'Recorded, not yet counted',
    content: (
      <Banner tone="asking" heading="Your answer is recorded, but not yet counted" role="status">
        <p>It is kept safely, and you need not answer again. This page looks again by itself.</p>
        <p>
          <a class="action" href={page.refreshTo}>
            Look again now
          </a>
        </p>
      </Banner>
    ),
  };
}

/** The answer was not counted, and why. */
export function refused(page: Extract<Page, { kind: 'refused' }>): View {
  const { request } = page;
  return {
    title: `Not counted${request === undefined ? '' : `: ${request.topic}`}`,
    content: (
      <>
        <Banner tone="problem" heading="Your answer was not counted" role="alert">
          <p>{page.sentence}</p>
          <p class="quiet">
            Code: <code>{page.code satisfies RefusalCode}</code>
          </p>
        </Banner>
        {request !== undefined && <Standing request={request} />}
      </>
    ),
  };
}

const barred = {
  late: {
    heading: 'The time to answer is over',
    sentence:
      'No answer that is sent now counts. The result is being worked out; load this page again in a minute.',
  },
  sharedLink: { heading: 'You can look, but not answer here', sentence: refusals.sharedLink },
  assuranceTooLow: {
    heading: 'You can look, but not answer here',
    sentence: 'This request is answered with kubectl, where Kubernetes proves who you are.',
  },
} as const;

/** A request that waits, for somebody who cannot answer it here. */
export function readOnly({ why, request }: Extract<Page, { kind: 'readOnly' }>): View {
  const { heading, sentence } = barred[why];
  return {
    title: `${heading}: ${request.topic}`,
    content: (
      <>
        <Banner tone="ended" heading={heading} role="status">
          <p>{sentence}</p>
          <p>
            <Deadline deadline={request.deadline} now={request.now} />
          </p>
        </Banner>
        <Standing request={request} />
      </>
    ),
  };
}

function Standing({ request, isOver = false }: { request: RequestModel; isOver?: boolean }): JSX.Element {
  return (
    <>
      <Answers request={request} {...(isOver && { heading: 'Answers' })} />
      <Facts facts={request.content.facts} {...(isOver && { heading: 'What it was about' })} />
      <Words words={request.content.words} />
    </>
  );
}

interface Ended {
  readonly tone: Tone;
  readonly word: string;
  /** What it means for the pipeline. */
  readonly meaning: string;
}

const ended: Record<Outcome, Ended> = {
  approved: { tone: 'approved', word: 'Approved', meaning: 'The pipeline goes on.' },
  rejected: {
    tone: 'rejected',
    word: 'Rejected',
    meaning: 'The pipeline is told so. What it does then is up to its author.',
  },
  timedOut: {
    tone: 'ended',
    word: 'Timed out',
    meaning: 'The deadline passed without the answers it needed. It was not approved.',
  },
  cancelled: {
    tone: 'ended',
    word: 'Cancelled',
    meaning: 'It ended before enough people had answered. It was not approved.',
  },
  invalid: {
    tone: 'ended',
    word: 'Ended as invalid',
    meaning: 'What was asked changed while it was waiting, so no answer counts. It was not approved.',
  },
};

/** A settled request. `lost` where an answer was just sent that came after the one that settled it. */
export function settled(model: SettledModel, lost: boolean): View {
  const { request, outcome } = model;
  const { tone, word } = ended[outcome];
  return {
    title: `${lost ? 'Not counted, already settled' : word}: ${request.topic}`,
    content: (
      <>
        {lost ? (
          <Banner tone="problem" heading="Your answer was not counted" role="alert">
            <p>The request was settled before it arrived.</p>
            <Story model={model} />
          </Banner>
        ) : (
          <Banner tone={tone} heading={word} role="status">
            <Story model={model} />
          </Banner>
        )}
        <Standing request={request} isOver />
      </>
    ),
  };
}

/** Who settled it, when and how, and what that means. */
function Story({ model }: { model: SettledModel }): JSX.Element {
  const { outcome, because, completedAt, byThisAnswer } = model;
  const last = settling(model);
  return (
    <>
      {last !== undefined && (
        <p>{byThisAnswer ? `${yours[last.decision]} and settled the request.` : <By response={last} />}</p>
      )}
      {last === undefined && (
        <p>
          {ended[outcome].word}
          {completedAt !== undefined && (
            <>
              {' '}
              at <Time at={completedAt} />
            </>
          )}
          . {because !== undefined && <Name of={because} />}
        </p>
      )}
      <p>{ended[outcome].meaning}</p>
    </>
  );
}

function By({ response }: { response: ResponseModel }): JSX.Element {
  return (
    <>
      <strong>
        <Name of={response.person} />
      </strong>{' '}
      {didWhat[response.decision]} it at <Time at={response.time} />.
    </>
  );
}

const settledBy: Partial<Record<Outcome, Decision>> = { approved: 'approve', rejected: 'reject' };

/** The answer that settled it: the newest of that kind. */
function settling({ request, outcome }: SettledModel): ResponseModel | undefined {
  return request.responses.findLast(({ decision }) => decision === settledBy[outcome]);
}
