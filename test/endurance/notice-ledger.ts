import type { Notification } from '../../src/api/approvaltask.ts';
import { managers } from '../../src/api/names.ts';
import { isTaken, type Write } from '../faults/recorded-write.ts';
import type { MortalOperator } from './mortal-operator.ts';
import { teamChannels, type Arrival, type Receivers } from './receivers.ts';
import type { Settlement } from './settlement.ts';

/** How long a message under way may still take once its sender leads no more. */
const breaksOffMs = 8_000;

const titles: Readonly<Record<string, string>> = {
  requested: 'Approval needed',
  secondStepRequested: 'Second approval needed',
  timedOut: 'No answer in time',
  cancelled: 'No longer needed',
};
const endings: Readonly<Record<string, string>> = {
  approved: 'Approved',
  rejected: 'Rejected',
  timedOut: 'No answer in time',
  cancelled: 'No longer needed',
};
const endingEvents: Readonly<Record<string, string>> = {
  approved: 'approval.settled',
  rejected: 'approval.settled',
  timedOut: 'approval.timedOut',
  cancelled: 'approval.cancelled',
};

/** Copies of the same notice, in the order in which they came. */
type Copies = readonly Arrival[];

/** What came to channels and systems, held against the kills and against what the operator recorded. */
export class NoticeLedger {
  readonly #operator: MortalOperator;
  readonly #receivers: Receivers;
  #read = { writes: 0, ids: new Map<string, Set<string>>() };

  constructor(operator: MortalOperator, receivers: Receivers) {
    this.#operator = operator;
    this.#receivers = receivers;
  }

  /** What channels should have heard and did not: the end of each request, and whatever counts as sent. */
  missing(settlements: readonly Settlement[]): readonly string[] {
    return settlements.flatMap((settlement) => [
      ...teamChannels.flatMap((place) => this.#missingIn(settlement, place)),
      ...this.#missingRequests(settlement),
    ]);
  }

  /** Requests of which a system did not hear everything that happened, each thing in its order, copies side by side. */
  disordered(settlements: readonly Settlement[]): readonly string[] {
    return settlements.flatMap((settlement) => {
      const { script, task } = settlement;
      const own = this.#about(script.name).filter(({ channel }) => channel === 'webhook');
      const last = task.status?.attempt ?? 1;
      const toldOf = (attempt: number): readonly string[] => withoutCopies(own, attempt);
      const wanted = happened(settlement);
      const earlier = Array.from({ length: last - 1 }, (_, index) => toldOf(index + 1));
      return [
        ...(isSame(toldOf(last), wanted)
          ? []
          : [`${script.name}: told ${toldOf(last).join(', ')}, and happened is ${wanted.join(', ')}`]),
        // Whatever was left to tell of an attempt that is over has lost its meaning.
        ...earlier
          .filter((told) => told.some((says, index) => index === 0 && says !== wanted[0]))
          .map((told) => `${script.name}: an earlier attempt began with ${told.join(', ')}`),
      ];
    });
  }

  /** Everything that came more than once: events by their ids, messages by what they say of one attempt and step. */
  get copies(): readonly Copies[] {
    const groups = new Map<string, Arrival[]>();
    for (const arrival of this.#receivers.arrivals) {
      const key = [arrival.channel, arrival.target, String(arrival.about), arrival.what].join(' ');
      groups.set(key, [...(groups.get(key) ?? []), arrival]);
    }
    return [...groups.values()].filter((group) => group.length > this.#idsOf(group).size);
  }

  /** How many copies came beside the first ones. */
  get duplicates(): number {
    return this.copies.reduce((sum, group) => sum + group.length - this.#idsOf(group).size, 0);
  }

  /** Copies by a process that was neither killed nor deposed between a receiver's yes and the record of it. */
  get unexplained(): readonly string[] {
    return this.copies.flatMap((group) => {
      const [first] = group;
      const ids = this.#idsOf(group);
      const clients = [...new Set(group.map(({ client }) => client))];
      const twice = clients.filter(
        (client) =>
          group.filter((one) => one.client === client).length > ids.size && !this.#wasDeposed(group, client),
      );
      const name =
        first === undefined ? '' : `r${String(first.about)}, ${first.channel} ${first.target}: ${first.what}`;
      return [
        ...twice.map((client) => `${name} came twice from ${client}`),
        ...(ids.size === 1 && this.#isRecordedWithin(group, [...ids][0] ?? '')
          ? [`${name} came again after it was recorded as sent`]
          : []),
      ];
    });
  }

  #missingIn(
    { script, task }: Settlement,
    { channel, target }: (typeof teamChannels)[number],
  ): readonly string[] {
    const { outcome = '', notifications = [] } = task.status ?? {};
    const own = this.#about(script.name).filter((one) => one.channel === channel && one.target === target);
    const came = (title: string | undefined): boolean => own.some(({ what }) => what === title);
    const records = notifications.filter((one) => one.channel === channel && one.target === target);
    const sent = records
      .filter(({ state }) => state === 'sent')
      .map(({ kind }) => titles[kind] ?? endings[outcome]);
    const owed = [...new Set([...sent, endings[outcome]])].filter((title) => !came(title));
    return owed.map((title) => `${script.name}: ${channel} ${target} did not hear "${title ?? outcome}"`);
  }

  /** Where somebody waited for the killing to be over, there was time to tell every channel that an answer is needed. */
  #missingRequests({ script }: Settlement): readonly string[] {
    if (script.patientAfter === undefined) return [];
    const heard = this.#about(script.name);
    const title = script.strategy === 'FOUR_EYES' ? 'Second approval needed' : 'Approval needed';
    return teamChannels
      .filter(
        ({ channel, target }) =>
          !heard.some((one) => one.channel === channel && one.target === target && one.what === title),
      )
      .map(({ channel, target }) => `${script.name}: ${channel} ${target} did not hear "${title}"`);
  }

  #about(name: string): readonly Arrival[] {
    const number = numberOf(name);
    return this.#receivers.arrivals.filter(({ about }) => about === number);
  }

  /** Ids of the notices that these may be copies of: a message that asks is another in each attempt. */
  #idsOf([first]: Copies): ReadonlySet<string> {
    if (first === undefined) return new Set();
    if (first.channel === 'webhook') return new Set([first.what]);
    return this.#idsByPlace.get(placeOf(first, first.about, first.what)) ?? new Set([first.what]);
  }

  /** Of every notice that was ever to be sent, by channel, request and what it says. */
  get #idsByPlace(): ReadonlyMap<string, ReadonlySet<string>> {
    const { writes } = this.#operator.proxy;
    if (this.#read.writes !== writes.length)
      this.#read = { writes: writes.length, ids: idsIn(writes, (write) => this.#operator.aboutOf(write)) };
    return this.#read.ids;
  }

  #wasDeposed(group: Copies, client: string): boolean {
    const times = group.map(({ time }) => time);
    const [first = 0, last = 0] = [times[0], times.at(-1)];
    return this.#operator
      .lostLeadershipAt(client)
      .some((time) => time >= first - breaksOffMs && time <= last);
  }

  /** Whether it was recorded as sent between the first copy and the last. */
  #isRecordedWithin(group: Copies, id: string): boolean {
    const [first, last] = [group[0]?.at ?? Infinity, group.at(-1)?.at ?? 0];
    return this.#operator.proxy.writes.some((write) => {
      const at = write.answeredAt ?? Infinity;
      if (!isTaken(write) || at <= first || at >= last) return false;
      return recordsOf(write).some((record) => record.id === id && record.state === 'sent');
    });
  }
}

function idsIn(writes: readonly Write[], aboutOf: (write: Write) => string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const write of writes) {
    for (const record of recordsOf(write)) {
      const key = placeOf(record, numberOf(aboutOf(write)), titles[record.kind] ?? 'end');
      found.set(key, (found.get(key) ?? new Set()).add(record.id));
    }
  }
  return found;
}

/** Of a request, by its name. */
function numberOf(name: string): number {
  return Number(/^r(?<number>[0-9]+)-/u.exec(name)?.groups?.['number']);
}

function placeOf(
  { channel, target = '' }: Pick<Notification, 'channel' | 'target'>,
  about: number,
  title: string,
): string {
  const asks = ['Approval needed', 'Second approval needed'].includes(title);
  return [channel, target, String(about), asks ? title : 'end'].join(' ');
}

/** The notices of a write by the notifier. */
function recordsOf({ fieldManager, body }: Write): readonly Notification[] {
  if (fieldManager !== managers.notifier) return [];
  return (body as { status?: { notifications?: readonly Notification[] } }).status?.notifications ?? [];
}

/** What a system was told of one attempt, in order, copies side by side counted once. */
function withoutCopies(own: readonly Arrival[], attempt: number): readonly string[] {
  const events = own.filter(({ event }) => event?.attempt === attempt);
  return events
    .filter(({ what }, index) => what !== events[index - 1]?.what)
    .map(({ event }) => event?.says ?? '');
}

/** What happened in the last attempt, in order, as events tell it. */
function happened({ script, task }: Settlement): readonly string[] {
  const { responses = [], attempt, outcome = '' } = task.status ?? {};
  const answers = responses
    .filter((response) => response.attempt === attempt)
    .flatMap(({ person, decision }, index) => [
      `approval.responded ${person}`,
      ...(script.strategy === 'FOUR_EYES' && index === 0 && decision === 'approve'
        ? ['approval.requested 2']
        : []),
    ]);
  return ['approval.requested 1', ...answers, `${endingEvents[outcome] ?? outcome} 1`];
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.join('\n') === other.join('\n');
}
