import type { JSX } from 'preact';

import type { Decision } from '../../domain/approval.ts';
import { Icon } from './icon.tsx';
import { Banner, type View } from './layout.tsx';
import type { PendingModel } from './model.ts';
import { Answers, Awaited, Facts, Words } from './request.tsx';
import { Name } from './text.tsx';
import { Deadline } from './time.tsx';

/** Names of the form's fields, shared with the route that reads them. */
export const fields = {
  csrf: 'csrf',
  nonce: 'nonce',
  comment: 'comment',
  decision: 'decision',
  token: 'token',
  address: 'address',
} as const;

/** The page on which a request is answered. */
export function pending(model: PendingModel): View {
  const { request, problem } = model;
  const { state, heading } = headingOf(model);
  return {
    title: `${state}: ${request.topic}`,
    content: (
      <>
        <Banner
          tone={problem === undefined ? 'asking' : 'problem'}
          heading={heading}
          {...(problem && { role: 'alert' })}
        >
          {problem !== undefined && <p id="problem">{problem.sentence}</p>}
          <p>
            <Deadline deadline={request.deadline} now={request.now} />
          </p>
          <p class={isLong(model) ? 'jump' : 'jump short'}>
            <a href="#answer">Go to your answer</a>
          </p>
        </Banner>
        <Facts facts={request.content.facts} />
        <Words words={request.content.words} />
        <Answers request={request} />
        <AnswerForm model={model} />
        <Awaited request={request} />
      </>
    ),
  };
}

/** The page's heading, and the state that its title begins with. */
function headingOf({ problem, approvedBefore }: PendingModel): { state: string; heading: string } {
  if (problem !== undefined) {
    const heading = 'Your answer was not recorded';
    return { state: heading, heading };
  }
  return approvedBefore === true
    ? { state: 'Waiting for others', heading: 'Reject after all?' }
    : { state: 'Waiting for your answer', heading: 'Approve or reject?' };
}

/** About one screen of a desk: with more than this above them, the buttons would have to be searched for. */
const oneScreen = { characters: 600, lines: 10 };

function isLong({ request }: PendingModel): boolean {
  const { description, lines } = request.content.words;
  const comments = request.responses.map(({ comment }) => comment);
  const said = [description, ...lines.map(({ value }) => value), ...comments].join('\n');
  return said.length > oneScreen.characters || said.split('\n').length > oneScreen.lines;
}

function AnswerForm({ model }: { model: PendingModel }): JSX.Element {
  const { form, next, approvedBefore = false } = model;
  return (
    <section id="answer" aria-labelledby="answer-heading">
      <h2 id="answer-heading">Your answer</h2>
      <p>
        You answer as{' '}
        <strong>
          <Name of={model.answeringAs} />
        </strong>
        . If that is not you, do not answer.
      </p>
      <Standing model={model} />
      <form method="post" action={form.action}>
        <input type="hidden" name={fields.csrf} value={form.csrf} />
        <input type="hidden" name={fields.nonce} value={form.nonce} />
        <Comment model={model} />
        <div class="decisions">
          {!approvedBefore && (
            <Choice decision="approve" next={next.approve} unchecked={model.commentRequired === 'reject'} />
          )}
          <Choice decision="reject" next={next.reject} unchecked={false} />
        </div>
      </form>
    </section>
  );
}

/** What this person should know about answers before their own. */
function Standing({ model }: { model: PendingModel }): JSX.Element | null {
  if (model.approvedBefore === true) {
    return (
      <p class="note">
        You have already approved this request. Until it is settled you may still reject it, and that ends it.
      </p>
    );
  }
  if (model.follows === undefined) return null;
  return (
    <p class="note">
      Your approval would be the second of two. It follows the approval of{' '}
      <strong>
        <Name of={model.follows} />
      </strong>
      .
    </p>
  );
}

const whenNeeded: Record<PendingModel['commentRequired'], string> = {
  never: 'optional',
  reject: 'needed to reject',
  always: 'needed',
};

/** Without `maxlength`: browsers would cut a pasted text without a word, and it would say something else. */
function Comment({ model }: { model: PendingModel }): JSX.Element {
  const { commentRequired, commentLimit, problem } = model;
  const rule =
    model.approvedBefore === true && commentRequired === 'reject' ? 'needed' : whenNeeded[commentRequired];
  return (
    <div class="field">
      <label for="comment">
        Comment <span class="quiet">({rule})</span>
      </label>
      <textarea
        id="comment"
        name={fields.comment}
        rows={3}
        required={commentRequired !== 'never'}
        aria-describedby={problem === undefined ? 'comment-hint' : 'problem comment-hint'}
        value={problem?.comment ?? ''}
      />
      <p class="quiet" id="comment-hint">
        At most {commentLimit} characters. Everybody who sees this request can read it.
      </p>
    </div>
  );
}

const labels: Record<Decision, string> = { approve: 'Approve', reject: 'Reject' };

interface ChoiceProps {
  decision: Decision;
  next: string;
  /** Sends without the browser asking for a comment. */
  unchecked: boolean;
}

function Choice({ decision, next, unchecked }: ChoiceProps): JSX.Element {
  return (
    <div class="choice">
      <button
        class={decision}
        name={fields.decision}
        value={decision}
        formNoValidate={unchecked}
        aria-describedby={`next-${decision}`}
      >
        <Icon shape={decision} />
        {labels[decision]}
      </button>
      <p class="quiet" id={`next-${decision}`}>
        {next}
      </p>
    </div>
  );
}
