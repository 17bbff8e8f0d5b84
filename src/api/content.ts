import type { ApprovalTask, ApprovalTaskSpec } from './approvaltask.ts';
import { webAddress } from './webaddress.ts';

/** A name of ours and what the operator read itself. The value may be somebody else's text; the note never is. */
export interface Fact {
  readonly name: string;
  readonly value: string;
  /** How sure it is. */
  readonly note?: string;
}

/** A line of the pipeline's author. */
export interface WordsLine {
  readonly name: string;
  /** Several lines are possible. */
  readonly value: string;
  /** Where the value is the address of a page and nothing else: that address, which begins with http or https. */
  readonly href?: string;
}

/** What the pipeline's author wrote. Nobody checked it. */
export interface Words {
  /** Empty where there is none; several lines are possible. */
  readonly description: string;
  readonly lines: readonly WordsLine[];
}

/** What a request is about. Every text is raw: who shows it escapes it, and makes hidden characters visible or drops them. */
export interface Content {
  readonly facts: readonly Fact[];
  readonly words: Words;
}

/** What of a request its content depends on. */
export interface Described {
  readonly metadata: Pick<ApprovalTask['metadata'], 'namespace'>;
  readonly spec: Pick<
    ApprovalTaskSpec,
    'pipelineRun' | 'pipelineTask' | 'customRunRef' | 'requester' | 'pipeline' | 'description' | 'context'
  >;
}

/** What mails, chats, pages and terminals show of a request, in this order and by these names: nobody sees less than others. */
export function contentOf(task: Described): Content {
  return { facts: factsOf(task), words: wordsOf(task) };
}

function factsOf({ metadata, spec }: Described): Fact[] {
  const { pipelineRun, pipelineTask, customRunRef } = spec;
  const facts: Fact[] = [
    { name: 'Namespace', value: metadata.namespace ?? '' },
    { name: 'Pipeline run', value: pipelineRun?.name ?? '' },
    { name: 'Pipeline task', value: pipelineTask },
    { name: 'Custom run', value: pipelineRun === undefined ? (customRunRef?.name ?? '') : '' },
    requesterFact(spec.requester),
  ];
  return facts.filter(isFilled);
}

const certaintyNotes = {
  stamped: 'confirmed by the cluster',
  asserted: 'says the trigger; not proven',
} as const;

function requesterFact({ name, certainty }: Described['spec']['requester']): Fact {
  const title = 'Requested by';
  if (certainty === 'unknown' || name === '') return { name: title, value: 'not known' };
  return { name: title, value: name, note: certaintyNotes[certainty] };
}

function wordsOf({ spec }: Described): Words {
  const name = spec.pipeline.replaceAll(/[\s\u0085]+/gu, ' ').trim();
  const lines = [{ name: 'Pipeline', value: name }, ...spec.context.map(contextLine)];
  return { description: spec.description, lines: lines.filter(isFilled) };
}

/** What is shown is where it leads: an address stands as browsers spell it. */
function contextLine({ name, value }: WordsLine): WordsLine {
  const href = webAddress(value.trim());
  return href === undefined ? { name, value } : { name, value: href, href };
}

function isFilled({ value }: { readonly value: string }): boolean {
  return value !== '';
}
