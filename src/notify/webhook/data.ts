import { cut } from '../../api/cut.ts';
import type { EventData } from '../event.ts';
import type { Message } from '../message.ts';

/** What an event tells, as docs/spec/webhook.md describes it. */
export interface WebhookData extends EventData {
  /** For people: as the subject of a mail has it. */
  readonly subject: string;
  /** For people: what happened, as one sentence. */
  readonly sentence: string;
  /** The fields that do not hold everything, because it would have been too long. */
  readonly truncated?: readonly string[];
}

/** How much of an event's texts and lists fits. */
export interface Room {
  /** Code points of one text. */
  readonly points: number;
  /** Entries of one list. */
  readonly entries: number;
}

/** Room for everything. */
export const wholeRoom: Room = { points: Infinity, entries: Infinity };

/** The data of an event. What is cut is named in it: a text ends in an ellipsis, a list has fewer entries. */
export function dataOf({ event, subject, lead }: Message, room: Room): WebhookData {
  const short = shortened(event, room);
  const truncated = (Object.keys(short) as (keyof typeof short)[]).filter(
    (name) => JSON.stringify(short[name]) !== JSON.stringify(event[name]),
  );
  return { subject, sentence: lead, ...event, ...short, ...(truncated.length > 0 && { truncated }) };
}

type Long = 'pipeline' | 'description' | 'context' | 'approvers' | 'groups' | 'requester' | 'responses';

function shortened(event: EventData, { points, entries }: Room): Pick<EventData, Long> {
  const text = (long: string): string => cut(long, points);
  return {
    pipeline: text(event.pipeline),
    description: text(event.description),
    context: event.context
      .slice(0, entries)
      .map(({ name, value }) => ({ name: text(name), value: text(value) })),
    approvers: event.approvers.slice(0, entries).map(text),
    groups: event.groups.slice(0, entries).map(text),
    requester: { ...event.requester, name: text(event.requester.name) },
    // The last ones: they are what happened now.
    responses: event.responses
      .slice(entries === Infinity ? 0 : -entries)
      .map((response) => ({ ...response, person: text(response.person), comment: text(response.comment) })),
  };
}
