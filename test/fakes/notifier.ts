import { pino } from 'pino';
import type { ApprovalTask, Notification } from '../../src/api/approvaltask.ts';
import type { Condition } from '../../src/api/object.ts';
import { Notifier, type NotifierOptions } from '../../src/controllers/notifier.ts';
import { noTelemetry } from '../../src/controllers/telemetry.ts';
import { KubeError } from '../../src/kube/error.ts';
import { keyOf, type Key } from '../../src/kube/object.ts';
import type { Recipient } from '../../src/domain/recipient.ts';
import { everywhere, hash } from '../../src/notify/fixture.ts';
import type { Addressing, Provider, SendResult } from '../../src/notify/provider.ts';

interface ApplyBody {
  readonly metadata: { readonly resourceVersion: string };
  readonly status: { readonly notifications: Notification[]; readonly conditions?: never[] };
}

/** One stored task behind a cache that follows at once, unless it is held. */
export class FakeTaskApi {
  stored: ApprovalTask;
  cached: ApprovalTask | undefined;
  cacheFollows = true;
  writes: ApplyBody[] = [];
  refused = 0;
  /** Deleted, which the cache does not know yet. */
  isGone = false;
  /** Thrown by the next writes instead of writing. */
  failures: Error[] = [];
  onChange: () => void = () => {};

  constructor(task: ApprovalTask) {
    this.stored = task;
    this.cached = task;
  }

  /** Somebody else changes the task. */
  change(edit: (task: ApprovalTask) => ApprovalTask): void {
    const edited = edit(this.stored);
    const resourceVersion = String(Number(this.stored.metadata.resourceVersion) + 1);
    this.stored = { ...edited, metadata: { ...edited.metadata, resourceVersion } };
    if (!this.cacheFollows) return;
    this.cached = this.stored;
    this.onChange();
  }

  get(): Promise<{ object: ApprovalTask; serverTime: number }> {
    if (this.isGone) return Promise.reject(new KubeError('gone', { status: 404, reason: 'NotFound' }));
    return Promise.resolve({ object: this.stored, serverTime: 0 });
  }

  patch(
    _type: unknown,
    _key: string,
    body: ApplyBody,
  ): Promise<{ object: ApprovalTask; serverTime: number }> {
    const failure = this.failures.shift();
    if (failure !== undefined) return Promise.reject(failure);
    if (body.metadata.resourceVersion !== this.stored.metadata.resourceVersion) {
      this.refused += 1;
      return Promise.reject(new KubeError('stale', { status: 409, reason: 'Conflict' }));
    }
    this.writes.push(body);
    this.change((task) => ({ ...task, status: { ...task.status, ...body.status } }));
    return this.get();
  }

  states(): string[] {
    return (this.stored.status?.notifications ?? []).map(({ state }) => state);
  }

  condition(): Condition | undefined {
    return this.stored.status?.conditions?.find(({ type }) => type === 'NotificationsDelivered');
  }
}

/** Many stored tasks behind a cache that follows at once. */
export class ManyTasks {
  readonly #stored = new Map<Key, ApprovalTask>();
  onChange: (key: Key) => void = () => {};

  add(task: ApprovalTask): void {
    const key = keyOf(task);
    this.#stored.set(key, task);
    this.onChange(key);
  }

  cached(key: Key): ApprovalTask | undefined {
    return this.#stored.get(key);
  }

  clear(): void {
    const keys = [...this.#stored.keys()];
    this.#stored.clear();
    for (const key of keys) this.onChange(key);
  }

  /** States of all notices of all tasks. */
  states(): string[] {
    return [...this.#stored.values()].flatMap(({ status }) =>
      (status?.notifications ?? []).map(({ state }) => state),
    );
  }

  async get(_type: unknown, key: Key): Promise<{ object: ApprovalTask; serverTime: number }> {
    const object = this.#stored.get(key);
    if (object === undefined) throw new KubeError('gone', { status: 404, reason: 'NotFound' });
    return { object, serverTime: 0 };
  }

  async patch(
    type: unknown,
    key: Key,
    { metadata: { resourceVersion }, status }: ApplyBody,
  ): Promise<{ object: ApprovalTask; serverTime: number }> {
    const { object } = await this.get(type, key);
    if (resourceVersion !== object.metadata.resourceVersion)
      throw new KubeError('stale', { status: 409, reason: 'Conflict' });
    const metadata = { ...object.metadata, resourceVersion: String(Number(resourceVersion) + 1) };
    this.add({ ...object, metadata, status: { ...object.status, ...status } });
    return this.get(type, key);
  }
}

/** A channel whose sends end when the test says so, or at once with the next of `answers`. */
export class FakeProvider implements Provider {
  readonly channel = 'mail';
  readonly sent: Addressing[] = [];
  answers: SendResult[] = [];
  pending: ((result: SendResult) => void)[] = [];
  byHand = false;

  send(_message: unknown, to: Addressing, signal?: AbortSignal): Promise<SendResult> {
    this.sent.push(to);
    if (!this.byHand) return Promise.resolve(this.answers.shift() ?? { kind: 'sent' });
    return new Promise((resolve) => {
      this.pending.push(resolve);
      signal?.addEventListener('abort', () => resolve({ kind: 'retry', why: 'stopped' }));
    });
  }
}

/** What the install decides: everybody can be mailed, two messages at a time. */
export const install = {
  reach: () => everywhere,
  link: (_task: ApprovalTask, { entry }: Recipient) => `https://a.example/token-of-${entry}`,
  runEndsAt: () => undefined,
  random: () => 0,
  hash,
  atOnce: 2,
  perNamespaceHour: 1_000,
  telemetry: noTelemetry,
};

type OneTask = Partial<NotifierOptions> & Required<Pick<NotifierOptions, 'provider' | 'clock'>>;

/** A notifier that leads and looks at the one task whenever it changes. Its caller starts it. */
export function notifierOf(api: FakeTaskApi, more: OneTask): Notifier {
  const notifier = new Notifier({
    // Only what the notifier calls.
    client: api as unknown as NotifierOptions['client'],
    task: () => api.cached,
    url: () => 'https://approvals.example.com/a/shop/release-approve',
    ...install,
    isLeader: () => true,
    now: () => more.clock.now(),
    recorder: { event: () => {} },
    log: pino({ level: 'silent' }),
    ...more,
  });
  api.onChange = () => notifier.touch(keyOf(api.stored));
  return notifier;
}
