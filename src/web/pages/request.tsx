import type { JSX } from 'preact';

import { limits } from '../../api/limits.ts';
import type { Decision, Strategy } from '../../domain/approval.ts';
import { webAddress } from '../../api/webaddress.ts';
import { factsHeading, wordsHeading } from '../../notify/headings.ts';
import { plainLine } from '../../notify/plaintext.ts';
import { Icon } from './icon.tsx';
import type { FactsModel, RequestModel, ResponseModel, WordsModel } from './model.ts';
import { Lines, Name } from './text.tsx';
import { ago, Time } from './time.tsx';

/** What the request is about, on one line and without markup: for titles. */
export function subjectOf({ facts }: RequestModel): string {
  const { pipelineTask, pipelineRun, namespace } = facts;
  const step = [pipelineTask, pipelineRun ?? ''].filter((name) => name !== '').join(' of ');
  return plainLine(`${step} (${namespace})`, limits.name);
}

/** What the operator read itself. `heading` where the request no longer waits. */
export function Facts(props: { facts: FactsModel; heading?: string }): JSX.Element {
  const { facts, heading = factsHeading } = props;
  return (
    <section aria-labelledby="facts">
      <h2 id="facts">{heading}</h2>
      <dl class="facts">
        <Fact name="Namespace" value={facts.namespace} />
        <Fact name="Pipeline run" value={facts.pipelineRun ?? ''} />
        <Fact name="Pipeline task" value={facts.pipelineTask} />
        <div>
          <dt>Requested by</dt>
          <dd>
            <Requester {...facts.requester} />
          </dd>
        </div>
      </dl>
    </section>
  );
}

/** A name of ours and a value; nothing where there is none. */
function Fact({ name, value }: { name: string; value: string }): JSX.Element | null {
  if (value === '') return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <Name of={value} />
      </dd>
    </div>
  );
}

function Requester({ name, certainty }: FactsModel['requester']): JSX.Element {
  switch (certainty) {
    case 'stamped':
      return (
        <>
          <Name of={name} /> <span class="quiet">(confirmed by the cluster)</span>
        </>
      );
    case 'asserted':
      return (
        <>
          <Name of={name} /> <span class="quiet">(says the trigger; not proven)</span>
        </>
      );
    case 'unknown':
      return <>not known</>;
  }
}

/** What the pipeline's author wrote, set apart so that it cannot pass for ours. */
export function Words({ words }: { words: WordsModel }): JSX.Element | null {
  const { description, pipeline, context } = words;
  const named = pipeline !== '' || context.length > 0;
  if (description === '' && !named) return null;
  return (
    <section aria-labelledby="words">
      <h2 id="words">{wordsHeading}</h2>
      <div class="said">
        {description !== '' && <Lines of={description} />}
        {named && (
          <dl class="facts">
            <Fact name="Pipeline" value={pipeline} />
            {context.map((line) => (
              <div key={line.name}>
                <dt>
                  <Name of={line.name} />
                </dt>
                <dd>
                  <Value of={line.value} />
                </dd>
              </div>
            ))}
          </dl>
        )}
      </div>
    </section>
  );
}

/** Where the author shows a page, what is read is where it leads. That page learns nothing of this one. */
function Value({ of }: { of: string }): JSX.Element {
  const href = webAddress(of.trim());
  if (href === undefined) return <Lines of={of} />;
  return (
    <p class="lines">
      <a href={href} target="_blank" rel="noopener noreferrer nofollow">
        {href}
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
      <p>{rule[request.facts.strategy]}</p>
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
