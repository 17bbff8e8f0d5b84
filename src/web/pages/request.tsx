import type { JSX } from 'preact';

import type { Content, WordsLine } from '../../api/content.ts';
import type { Decision, Strategy } from '../../domain/approval.ts';
import { factsHeading, wordsHeading } from '../../notify/headings.ts';
import { Icon } from './icon.tsx';
import type { RequestModel, ResponseModel } from './model.ts';
import { Lines, Name } from './text.tsx';
import { ago, Time } from './time.tsx';

/** What the operator read itself. `heading` where the request no longer waits. */
export function Facts(props: { facts: Content['facts']; heading?: string }): JSX.Element {
  const { facts, heading = factsHeading } = props;
  return (
    <section aria-labelledby="facts">
      <h2 id="facts">{heading}</h2>
      <dl class="facts">
        {facts.map(({ name, value, note }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <Name of={value} />
              {note !== undefined && <span class="quiet"> ({note})</span>}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** What the pipeline's author wrote, set apart so that it cannot pass for ours. */
export function Words({ words }: { words: Content['words'] }): JSX.Element | null {
  const { description, lines } = words;
  if (description === '' && lines.length === 0) return null;
  return (
    <section aria-labelledby="words">
      <h2 id="words">{wordsHeading}</h2>
      <div class="said">
        {description !== '' && <Lines of={description} />}
        {lines.length > 0 && (
          <dl class="facts">
            {lines.map((line) => (
              <div key={line.name}>
                <dt>
                  <Name of={line.name} />
                </dt>
                <dd>
                  <Value {...line} />
                </dd>
              </div>
            ))}
          </dl>
        )}
      </div>
    </section>
  );
}

/** A page that the author shows learns nothing of this one. */
function Value({ value, href }: WordsLine): JSX.Element {
  if (href === undefined) return <Lines of={value} />;
  return (
    <p class="lines">
      <a href={href} target="_blank" rel="noopener noreferrer nofollow">
        {value}
      </a>
    </p>
  );
}

/** Answers of the current round, with their comments. Nothing where there are none. */
export function Answers(props: { request: RequestModel; heading?: string }): JSX.Element | null {
  const { request, heading = 'Answers so far' } = props;
  if (request.responses.length === 0) return null;
  return (
    <section aria-labelledby="answers">
      <h2 id="answers">{heading}</h2>
      <ol class="answers">
        {request.responses.map((response) => (
          <Answer key={`${response.person} ${String(response.time)}`} response={response} now={request.now} />
        ))}
      </ol>
    </section>
  );
}

export const didWhat: Record<Decision, string> = { approve: 'approved', reject: 'rejected' };

function Answer({ response, now }: { response: ResponseModel; now: number }): JSX.Element {
  const { person, decision, comment, time } = response;
  return (
    <li class={decision}>
      <Icon shape={decision} />
      <div>
        <p>
          <strong>
            <Name of={person} /> {didWhat[decision]}
          </strong>
        </p>
        <p class="quiet">
          <Time at={time} />, {ago(time, now)}
          {comment === '' && ', without a comment'}
        </p>
        {comment !== '' && <Lines of={comment} class="said" />}
      </div>
    </li>
  );
}

const rule: Record<Strategy, string> = {
  SINGLE: 'The first answer of anyone asked decides.',
  MULTI: 'Everybody asked must approve. The first rejection ends it.',
  FOUR_EYES: 'Two different people must approve, one after the other. The first rejection ends it.',
};

/** Who can still answer, and how many of them it takes. */
export function Awaited({ request }: { request: RequestModel }): JSX.Element {
  return (
    <section aria-labelledby="awaited">
      <h2 id="awaited">Who is asked</h2>
      <p>{rule[request.strategy]}</p>
      {request.awaiting.length === 0 ? (
        <p>Nobody is awaited any more.</p>
      ) : (
        <>
          <p class="quiet">Awaited:</p>
          <ul class="people">
            {request.awaiting.map((person) => (
              <li key={person}>
                <Name of={person} />
              </li>
            ))}
          </ul>
        </>
      )}
      {request.untold.map((sentence) => (
        <p key={sentence} class="quiet">
          {sentence}
        </p>
      ))}
    </section>
  );
}
