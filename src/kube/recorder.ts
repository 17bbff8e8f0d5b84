import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { KubeClient } from './client.ts';
import { pause, systemClock } from './clock.ts';
import type { Cancel, Clock } from './clock.ts';
import { KubeError, isNamespaceEnding, isNotFound } from './error.ts';
import { microTime } from './microtime.ts';
import { apiVersionOf } from './object.ts';
import type { KubeObject, ResourceType } from './object.ts';

/** The object an Event is about. */
interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly uid: string;
}

/** One thing that happened, told to whoever looks at the object. */
export interface RecordedEvent {
  readonly regarding: ObjectReference;
  readonly related?: ObjectReference;
  readonly type: 'Normal' | 'Warning';
  /** One CamelCase word. */
  readonly reason: string;
  /** What was done about it, one CamelCase word. */
  readonly action: string;
  /** A sentence; cut to 1 kB. */
  readonly note: string;
}

export interface RecorderOptions {
  readonly client: Pick<KubeClient, 'create' | 'patch'>;
  /** A qualified name, such as `example.com/controller`. */
  readonly reportingController: string;
  /** This process, such as the Pod's name. */
  readonly reportingInstance: string;
  readonly clock?: Clock;
  readonly log: Logger;
  /** Whether there is work that matters more. Events wait for it a while, never for long. */
  readonly isBusy?: () => boolean;
}

export const eventType: ResourceType = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
};

/** The limit of the API server (k8s.io/kubernetes pkg/apis/core/validation/events.go, NoteLengthLimit), in bytes. */
const noteBytes = 1024;
/** The same event again within this time counts as a repetition, as in client-go's tools/events. */
const seriesMs = 6 * 60_000;
/** A repetition is written at most this often per series. */
const seriesWriteMs = 30_000;
/** New events per object: so many at once, then one per `refillMs`, as in client-go's spam filter. */
const burst = 25;
const refillMs = 5 * 60_000;
/** Objects and series remembered; the oldest are forgotten first. */
const remembered = 1_024;
/** Writes that may wait; what comes on top is dropped. */
const pendingWrites = 5_000;
/** How long an Event stands back behind other work at most, and how often that is looked at. */
const standBackMs = 5_000;
const lookAgainMs = 50;
const attempts = 3;

/** One Event object and how often it happened. */
interface Series {
  readonly event: RecordedEvent;
  name: string;
  count: number;
  written: number;
  lastAt: number;
  lastObserved: number;
  timer?: Cancel | undefined;
}

/** A bucket of permits for new events about one object. */
interface Bucket {
  permits: number;
  at: number;
}

/**
 * Tells people what happened, by Events (events.k8s.io/v1). Best effort: it never throws, never delays its caller
 * and gives up on an Event rather than pile up. Repetitions become a series of one object.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #clock: Clock;
  readonly #series = new Map<string, Series>();
  readonly #buckets = new Map<string, Bucket>();
  #waiting = 0;
  #isEnding = false;
  #tail: Promise<void> = Promise.resolve();

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * Records it, or counts it where the same was recorded a short while ago. `isBounded`: the caller sees to it that
   * there are few, and none of them is left out.
   */
  event(event: RecordedEvent, { isBounded = false } = {}): void {
    const id = identityOf(event);
    const known = this.#series.get(id);
    const now = this.#clock.monotonic();
    if (known !== undefined && now - known.lastAt < seriesMs) {
      this.#repeat(known, now);
    } else if (isBounded || this.#permitted(event.regarding.uid, now)) {
      known?.timer?.();
      this.#begin(id, event, now);
    }
  }

  /** Writes what has not been written yet, and resolves when that was tried. To be called before the process ends. */
  async flush(): Promise<void> {
    this.#isEnding = true;
    for (const series of this.#series.values()) {
      series.timer?.();
      series.timer = undefined;
      if (series.count > series.written) this.#enqueue(() => this.#writeSeries(series));
    }
    await this.#tail;
  }

  #begin(id: string, event: RecordedEvent, now: number): void {
    const name = nameFor(event.regarding.name);
    const times = { lastAt: now, lastObserved: this.#clock.now() };
    const series: Series = { event, name, count: 1, written: 1, ...times };
    // Deleted first so that it moves to the end: the front of a Map is its oldest entry.
    this.#series.delete(id);
    remember(this.#series, id, series);
    this.#enqueue(() => this.#create(series));
  }

  #repeat(series: Series, now: number): void {
    series.count += 1;
    series.lastAt = now;
    series.lastObserved = this.#clock.now();
    series.timer ??= this.#clock.after(seriesWriteMs, () => {
      series.timer = undefined;
      this.#enqueue(() => this.#writeSeries(series));
    });
  }

  #permitted(uid: string, now: number): boolean {
    const bucket = this.#buckets.get(uid) ?? { permits: burst, at: now };
    const permits = Math.min(burst, bucket.permits + (now - bucket.at) / refillMs);
    this.#buckets.delete(uid);
    remember(this.#buckets, uid, { permits: permits < 1 ? permits : permits - 1, at: now });
    return permits >= 1;
  }

  /** One write after the other: Events are never urgent enough to take connections from decisions. */
  #enqueue(write: () => Promise<void>): void {
    if (this.#waiting >= pendingWrites) return;
    this.#waiting += 1;
    const until = this.#clock.monotonic() + standBackMs;
    this.#tail = this.#tail
      .then(() => this.#standBack(until))
      .then(() => this.#attempt(write))
      .finally(() => (this.#waiting -= 1));
  }

  async #standBack(until: number): Promise<void> {
    const isEarly = (): boolean => !this.#isEnding && this.#clock.monotonic() < until;
    while (isEarly() && this.#options.isBusy?.() === true) await pause(this.#clock, lookAgainMs);
  }

  async #attempt(write: () => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await write();
        return;
      } catch (error) {
        // Nobody reads the Events of a namespace that is being deleted, and each of its objects has one to tell.
        if (isNamespaceEnding(error)) return;
        if (attempt === attempts || !mayPass(error)) {
          this.#options.log.warn({ err: error }, 'an Event could not be recorded');
          return;
        }
        const asked = error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0;
        await pause(this.#clock, Math.max(asked, 500 * attempt));
      }
    }
  }

  async #create(series: Series): Promise<void> {
    const { event, name, lastObserved } = series;
    const { client, reportingController, reportingInstance } = this.#options;
    await client.create<KubeObject>(eventType, {
      apiVersion: apiVersionOf(eventType),
      kind: eventType.kind,
      metadata: { name, namespace: namespaceOf(event) },
      eventTime: microTime(lastObserved),
      reportingController,
      reportingInstance,
      ...event,
      note: cut(event.note, noteBytes),
    });
  }

  async #writeSeries(series: Series): Promise<void> {
    const { count, lastObserved, name, event } = series;
    const body = { series: { count, lastObservedTime: microTime(lastObserved) } };
    try {
      await this.#options.client.patch(eventType, `${namespaceOf(event)}/${name}`, body, { type: 'merge' });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      // Events live for an hour by default; what goes on longer is told anew.
      series.name = nameFor(event.regarding.name);
      series.count = 1;
      series.written = 1;
      await this.#create(series);
      return;
    }
    series.written = count;
  }
}

/** What makes two events the same one, happening again. */
function identityOf(event: RecordedEvent): string {
  const { regarding, related, type, reason, action, note } = event;
  return JSON.stringify([regarding.uid, related?.uid, type, reason, action, note]);
}

/** Events about what has no namespace live in `default`, as those of Kubernetes itself do. */
function namespaceOf(event: RecordedEvent): string {
  return event.regarding.namespace ?? 'default';
}

/** At most 253 characters, as any name. */
function nameFor(regarding: string): string {
  return `${regarding.slice(0, 236)}.${randomBytes(8).toString('hex')}`;
}

/** Whether the same write may succeed in a moment. */
function mayPass(error: unknown): boolean {
  return !(error instanceof KubeError) || error.status === 0 || error.status === 429 || error.status >= 500;
}

/** At most so many bytes of UTF-8, whole characters only. */
function cut(text: string, limit: number): string {
  if (Buffer.byteLength(text) <= limit) return text;
  const mark = '...';
  let end = limit - mark.length;
  const bytes = Buffer.from(text);
  // Bytes 10xxxxxx continue a character; never cut in front of one.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end).toString('utf8') + mark;
}

function remember<V>(map: Map<string, V>, id: string, value: V): void {
  map.set(id, value);
  if (map.size <= remembered) return;
  const oldest = map.keys().next();
  if (oldest.done !== true) map.delete(oldest.value);
}
