import { instant } from '../api/time.ts';
import type { Instant } from '../domain/approval.ts';
import { momentOf, spanOf } from './moment.ts';
import type { StoredTask } from './request.ts';
import { standingOf } from './standing.ts';
import type { Me } from './standing.ts';
import { Table } from './table.ts';
import type { Cell, Column } from './table.ts';
import { cutToWidth, visible } from './visible.ts';
import { outcomeWords, titleOf, waitsFor } from './words.ts';

/** How a list is to look. */
export interface Look {
  readonly me: Me;
  readonly now: Instant;
  readonly wide: boolean;
  readonly namespaces: boolean;
  readonly colours: boolean;
}

type Field = Column & { readonly of: (task: StoredTask, look: Look) => Cell };

const plain =
  (textOf: (task: StoredTask, look: Look) => string) =>
  (task: StoredTask, look: Look): Cell => ({ text: textOf(task, look) });

const fields: readonly Field[] = [
  { title: 'NAME', max: 63, of: plain(({ metadata }) => metadata.name) },
  { title: 'STATE', of: (task, { me }) => stateOf(task, me) },
  { title: 'PIPELINE', max: 30, of: plain(({ spec }) => spec.pipeline) },
  { title: 'WAITS FOR', max: 40, of: plain((task) => (isPending(task) ? waitsFor(task) : '')) },
  { title: 'DEADLINE', of: plain(deadlineOf) },
  { title: 'AGE', of: plain(({ metadata }, { now }) => spanOf(now - instant(metadata.creationTimestamp))) },
];
const namespaceField: Field = {
  title: 'NAMESPACE',
  max: 63,
  of: plain(({ metadata }) => metadata.namespace ?? ''),
};
/** What sets a name that nobody has proven apart. It stands also behind one that is cut. */
const unproven = ' (not proven)';
const longestName = 40;
const wideFields: readonly Field[] = [
  { title: 'RUN', max: 63, of: plain(({ spec }) => spec.pipelineRun?.name ?? '') },
  { title: 'TASK', max: 63, of: plain(({ spec }) => spec.pipelineTask) },
  { title: 'STRATEGY', of: plain(({ spec }) => spec.strategy) },
  { title: 'ANSWERS', of: plain(answersOf) },
  { title: 'REQUESTER', max: longestName + unproven.length, of: plain(requesterOf) },
  { title: 'DESCRIPTION', of: plain(({ spec }) => spec.description) },
];

/** A table of requests that can be added to. */
export class Listing {
  readonly #look: Look;
  readonly #fields: readonly Field[];
  readonly #table: Table;

  constructor(look: Look) {
    this.#look = look;
    this.#fields = [
      ...(look.namespaces ? [namespaceField] : []),
      ...fields,
      ...(look.wide ? wideFields : []),
    ];
    this.#table = new Table(this.#fields, look.colours);
  }

  /** All of them, those that wait for us first. */
  render(tasks: readonly StoredTask[]): string {
    return this.#table.render(sorted(tasks, this.#look.me).map((task) => this.#cells(task, this.#look.now)));
  }

  /** One more, at another time. */
  row(task: StoredTask, now: Instant): string {
    return this.#table.row(this.#cells(task, now));
  }

  #cells(task: StoredTask, now: Instant): Cell[] {
    return this.#fields.map(({ of }) => of(task, { ...this.#look, now }));
  }
}

function isPending({ status }: StoredTask): boolean {
  return status?.outcome === undefined;
}

function stateOf(task: StoredTask, me: Me): Cell {
  const outcome = task.status?.outcome;
  if (outcome === undefined) {
    const isMine = standingOf(task, me).kind === 'awaited';
    return isMine ? { text: 'waits for you', colour: 'yellow' } : { text: 'waits' };
  }
  const text = outcomeWords[outcome];
  if (outcome === 'approved') return { text, colour: 'green' };
  return { text, colour: outcome === 'rejected' ? 'red' : 'dim' };
}

function deadlineOf({ status }: StoredTask, { now }: Look): string {
  if (status?.deadline === undefined || status.outcome !== undefined) return '';
  return momentOf(instant(status.deadline), now);
}

/** `1 of 3`, as the label of the request has it. */
function answersOf({ metadata }: StoredTask): string {
  return (metadata.labels?.['responses'] ?? '').replace('_of_', ' of ');
}

function requesterOf({ spec: { requester } }: StoredTask): string {
  const name = cutToWidth(visible(requester.name), longestName);
  return name === '' || requester.certainty === 'stamped' ? name : name + unproven;
}

/** Those that wait for us, then those that wait for others, each by deadline; then the settled ones, newest first. */
function sorted(tasks: readonly StoredTask[], me: Me): StoredTask[] {
  const isMine = (task: StoredTask): boolean => standingOf(task, me).kind === 'awaited';
  const byTitle = (a: StoredTask, b: StoredTask): number => compare(titleOf(a), titleOf(b));
  const pending = tasks.filter(isPending);
  const soonest = pending.toSorted((a, b) => compare(endOf(a), endOf(b)) || byTitle(a, b));
  const settled = tasks.filter((task) => !isPending(task));
  const newest = settled.toSorted((a, b) => compare(settledAt(b), settledAt(a)) || byTitle(a, b));
  return [...soonest.filter(isMine), ...soonest.filter((task) => !isMine(task)), ...newest];
}

/** Those without a deadline come last. */
function endOf({ status }: StoredTask): string {
  return status?.deadline ?? '9999';
}

function settledAt({ status }: StoredTask): string {
  return status?.completionTime ?? '';
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
