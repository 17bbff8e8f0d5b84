import type { WebhookChannel } from '../../api/channels.ts';
import type { EventData } from '../event.ts';
import type { Message } from '../message.ts';
import type { NoticeKind } from '../notice.ts';
import { bodyWithin } from '../sizelimit.ts';
import { dataOf, wholeRoom, type Room, type WebhookData } from './data.ts';

/** Largest body, in bytes of UTF-8: Standard Webhooks 1.0.0 ("Payload size") asks for less than 20 kB. */
export const bodyLimit = 19_999;

/**
 * What events are called. Never a type of Tekton's (`dev.tekton.event…`), which tells of the same runs by itself, nor of
 * CDEvents.
 */
export type EventType =
  | 'approval.requested'
  | 'approval.responded'
  | 'approval.settled'
  | 'approval.timedOut'
  | 'approval.cancelled';

const types: Readonly<Record<Exclude<NoticeKind, 'reminder'>, EventType>> = {
  requested: 'approval.requested',
  secondStepRequested: 'approval.requested',
  responded: 'approval.responded',
  decided: 'approval.settled',
  timedOut: 'approval.timedOut',
  cancelled: 'approval.cancelled',
};

/** What an event is called that tells of this kind; undefined where systems are not told: a machine needs no reminder. */
export function eventType(kind: NoticeKind): EventType | undefined {
  return kind === 'reminder' ? undefined : types[kind];
}

/** An event before it is written down. */
export interface EventFrame {
  readonly type: EventType;
  /** Of the notice: the same on each try. */
  readonly id: string;
  /** Where it comes from, an absolute URL without a slash at its end. */
  readonly source: string;
  /** RFC 3339; stands for the time of the event where the request does not say it. */
  readonly now: string;
}

/** How much is told, tried in this order until it fits. The last one always does. */
const rooms: readonly Room[] = [
  wholeRoom,
  { points: 3000, entries: 100 },
  { points: 2000, entries: 100 },
  { points: 1000, entries: 100 },
  { points: 500, entries: 60 },
  { points: 250, entries: 40 },
  { points: 120, entries: 32 },
  { points: 60, entries: 24 },
  { points: 30, entries: 16 },
  { points: 12, entries: 8 },
];

/** The body of a request, always within the limit. */
export function bodyOf(message: Message, format: WebhookChannel['format'], frame: EventFrame): string {
  const time = timeOf(message) ?? frame.now;
  const written = format === 'json' ? plain : cloudEvent;
  return bodyWithin(bodyLimit, rooms, (room) => JSON.stringify(written(dataOf(message, room), time, frame)));
}

/** The form that Standard Webhooks 1.0.0 recommends ("Payload structure"). */
function plain(data: WebhookData, timestamp: string, { type }: EventFrame): object {
  return { type, timestamp, data };
}

/** CloudEvents 1.0.2 in structured content mode (JSON Event Format, section 3). */
function cloudEvent(data: WebhookData, time: string, { type, id, source }: EventFrame): object {
  return {
    specversion: '1.0',
    id,
    source: `${source}/namespaces/${data.namespace}`,
    type,
    subject: `approvaltasks/${data.name}`,
    time,
    datacontenttype: 'application/json',
    data,
  };
}

/** When it happened, as the request itself records it. */
function timeOf({
  kind,
  event,
}: {
  readonly kind: NoticeKind;
  readonly event: EventData;
}): string | undefined {
  switch (kind) {
    case 'requested':
    case 'reminder':
      return event.startTime;
    case 'secondStepRequested':
    case 'responded':
      return event.responses.at(-1)?.time;
    case 'decided':
    case 'timedOut':
    case 'cancelled':
      return event.completionTime;
  }
}
