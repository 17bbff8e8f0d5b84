import type { KubeConfig } from '@kubernetes/client-node';
import { maxAnswerBytes } from './answer.ts';
import { Caller } from './call.ts';
import type { Call, CallerOptions, Parsed } from './call.ts';
import { KubeError, isGone } from './error.ts';
import { Identity } from './identity.ts';
import { loadKubeConfig } from './kubeconfig.ts';
import { splitKey } from './object.ts';
import type { DeepInput, Key, KubeObject, ResourceType } from './object.ts';
import { pageOf, pagesOf } from './page.ts';
import type { LivePage, ListBody } from './page.ts';
import { pathOf, queryOf, selectorsOf } from './path.ts';
import { Transport } from './transport.ts';
import type { TransportOptions } from './transport.ts';
import { guardSilence, overhear, readEvents } from './watch.ts';
import type { WatchEvent } from './watch.ts';
import { wireText } from './wiretext.ts';

/** An object together with the API server's clock at the time it was read or written. */
export interface Live<T> {
  readonly object: T;
  /** Milliseconds since the epoch, from the Date header: whole seconds, cut off. */
  readonly serverTime: number;
}

/** A whole list; `serverTime` is that of its first page. */
export interface LiveList<T> {
  readonly items: T[];
  readonly resourceVersion: string;
  readonly serverTime: number;
}

export interface ListQuery {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  /** Ends the list early. */
  readonly signal?: AbortSignal;
}

export interface CallOptions {
  /** Deadline of this call, where it differs from the client's own. */
  readonly timeoutMs?: number;
  /** Goes past the client's own limit: for the few calls that must not come late, such as those on a Lease. */
  readonly urgent?: boolean;
}

export interface CreateOptions extends CallOptions {
  readonly dryRun?: boolean;
  readonly fieldManager?: string;
}

export interface PatchOptions extends CallOptions {
  readonly subresource?: 'status';
  /** JSON merge patch (RFC 7386), server-side apply, or JSON patch (RFC 6902, an array of operations). */
  readonly type: 'merge' | 'apply' | 'json';
  readonly fieldManager?: string;
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

export interface DeleteOptions extends CallOptions {
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan';
}

/** Where to begin a watch and when to call it dead. */
export interface WatchQuery {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly resourceVersion: string;
  /** After how many seconds the server is to end the watch. */
  readonly timeoutSeconds: number;
  /** How long no whole event may come; then the connection is given up. */
  readonly inactivityMs: number;
  /** Told once the server has accepted the watch. */
  readonly onOpen?: () => void;
  readonly signal: AbortSignal;
}

/**
 * `requestTimeoutMs` (30 000) covers one call as a whole; `allowHttp2` (true) can be switched off where a proxy in
 * between breaks HTTP/2; `rate` limits how many calls are sent, watches and urgent ones aside; `onRequest` is told of
 * every answer, with status 0 where there was none.
 */
export interface ClientOptions extends CallerOptions, TransportOptions {}

const contentTypes = {
  merge: 'application/merge-patch+json',
  // JSON is YAML, and servers before 1.34 know server-side apply only by this name.
  apply: 'application/apply-patch+yaml',
  json: 'application/json-patch+json',
} as const;

const pageSize = 500;
/** How often a list begins anew because its continue token expired under it. */
const listAttempts = 5;

/**
 * Calls to the API server: raw objects in and out, so that no field unknown to us is lost. Each call has a deadline,
 * is sent once, and throws a KubeError; trying again is up to the caller, who knows what may be repeated.
 */
export class KubeClient {
  readonly #transport: Transport;
  readonly #caller: Caller;

  private constructor(identity: Identity, options: ClientOptions) {
    this.#transport = new Transport(identity, options);
    this.#caller = new Caller(this.#transport, options);
  }

  /** A client for the current context of that kubeconfig. */
  static fromKubeConfig(config: KubeConfig, options: ClientOptions = {}): KubeClient {
    return new KubeClient(Identity.of(config, options.clock), options);
  }

  /**
   * A client for the kubeconfig file named, else for the Pod's ServiceAccount, else for KUBECONFIG; or for what is
   * loaded here, which is loaded again where the API server refuses it.
   */
  static load(source?: string | (() => KubeConfig), options: ClientOptions = {}): KubeClient {
    const load = typeof source === 'function' ? source : (): KubeConfig => loadKubeConfig(source);
    return new KubeClient(new Identity(load, options.clock), options);
  }

  /** Reads one object from the API server's store, not from a cache. */
  async get<T extends KubeObject>(type: ResourceType, key: Key, o: CallOptions = {}): Promise<Live<T>> {
    const path = pathOf(type, splitKey(key));
    return live(await this.#caller.json<T>({ ...about('get', type, o), method: 'GET', path }));
  }

  /** Reads one page. Without a resourceVersion in the request the read is consistent: nothing written before is missed. */
  async list<T extends KubeObject>(type: ResourceType, q: ListQuery = {}): Promise<LivePage<T>> {
    const query = queryOf({ ...selectorsOf(q), limit: q.limit, continue: q.continue });
    const path = pathOf(type, placeOf(q)) + query;
    const call = { ...about('list', type), method: 'GET', path } as const;
    const answer = await this.#caller.json<ListBody<T>>(call, q.signal);
    return pageOf(answer);
  }

  /** The pages of a list, one after the other. A token that expires midway is thrown as a 410. */
  pages<T extends KubeObject>(type: ResourceType, q: ListQuery = {}): AsyncGenerator<LivePage<T>, void> {
    return pagesOf(
      (limit, token) => this.list<T>(type, { ...q, limit, continue: token }),
      q.limit ?? pageSize,
    );
  }

  /** Reads a whole list, consistently. It begins anew where a continue token expired on the way. */
  async listAll<T extends KubeObject>(type: ResourceType, q: ListQuery = {}): Promise<LiveList<T>> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#listOnce<T>(type, q);
      } catch (error) {
        if (!isGone(error) || attempt === listAttempts) throw error;
      }
    }
  }

  /** Creates an object and returns it as stored. */
  async create<T extends KubeObject>(
    type: ResourceType,
    object: DeepInput,
    o: CreateOptions = {},
  ): Promise<Live<T>> {
    const { namespace } = object.metadata;
    if (type.namespaced && !namespace) throw new TypeError(`a new ${type.kind} needs a namespace`);
    const query = queryOf({ fieldManager: o.fieldManager, dryRun: o.dryRun && 'All' });
    const path = pathOf(type, placeOf({ namespace })) + query;
    return live(await this.#send({ ...about('create', type, o), method: 'POST', path }, object));
  }

  /**
   * Changes an object and returns it as stored. Only the fields named are touched; a `metadata.resourceVersion` in a
   * merge patch makes it fail with Conflict where the object is no longer the one that was read.
   */
  // oxlint-disable-next-line max-params -- what, which, the change, how: options would hide the change among them
  async patch<T extends KubeObject>(
    type: ResourceType,
    key: Key,
    body: object,
    o: PatchOptions,
  ): Promise<Live<T>> {
    const fields = { fieldManager: o.fieldManager, force: o.force, dryRun: o.dryRun && 'All' };
    const place = { ...splitKey(key), ...(o.subresource && { subresource: o.subresource }) };
    const path = pathOf(type, place) + queryOf(fields);
    const call = { ...about('patch', type, o), method: 'PATCH', path } as const;
    return live(await this.#send({ ...call, contentType: contentTypes[o.type] }, body));
  }

  /** Deletes an object; where uid or resourceVersion are given only the one that has them, else Conflict. */
  async delete(type: ResourceType, key: Key, o: DeleteOptions = {}): Promise<void> {
    const preconditions = { uid: o.uid, resourceVersion: o.resourceVersion };
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions, propagationPolicy: o.propagation };
    const path = pathOf(type, splitKey(key));
    await this.#send({ ...about('delete', type, o), method: 'DELETE', path }, body);
  }

  /** Posts to a path of its own, for what is asked rather than stored: TokenRequest, SubjectAccessReview. */
  async post(path: string, body: object): Promise<Live<unknown>> {
    // Such a path ends with the plural of what is asked, or with a subresource.
    const resource = path.slice(path.lastIndexOf('/') + 1);
    return live(await this.#send({ verb: 'post', resource, method: 'POST', path }, body));
  }

  /** Reads a path that is no object's, such as what the API server serves of a group. */
  async read(path: string): Promise<Live<unknown>> {
    const resource = path.slice(path.lastIndexOf('/') + 1);
    return live(await this.#caller.json<unknown>({ verb: 'get', resource, method: 'GET', path }));
  }

  /**
   * What happens to a kind from a resourceVersion on, bookmarks included, until the server or the signal ends it.
   * Throws a KubeError where it does not begin, breaks, or falls silent.
   */
  async *watch(type: ResourceType, q: WatchQuery): AsyncGenerator<WatchEvent, void, undefined> {
    const { resourceVersion, timeoutSeconds } = q;
    const { labelSelector, fieldSelector } = q;
    const selected = { labelSelector, fieldSelector, resourceVersion, timeoutSeconds };
    const query = queryOf({ watch: true, allowWatchBookmarks: true, ...selected });
    const path = pathOf(type, placeOf(q)) + query;
    const timeoutMs = Math.min(q.inactivityMs, this.#caller.requestTimeoutMs);
    const call = { ...about('watch', type, { timeoutMs }), method: 'GET', path } as const;
    const stream = await this.#caller.stream(call, q.signal);
    const why = `the watch was silent for ${q.inactivityMs} ms`;
    const ms = q.inactivityMs;
    const onSilence = (): void => stream.giveUp(new KubeError(why, { status: 0, reason: 'Timeout' }), ms);
    try {
      q.onOpen?.();
      const events = readEvents(overhear(stream.body, stream.heard), maxAnswerBytes);
      yield* guardSilence(events, { clock: this.#caller.clock, ms, onSilence });
    } finally {
      stream.end();
    }
  }

  /**
   * The API server's time now, in milliseconds, by its Date headers and the time since: up to a second behind, not
   * ahead. Throws before the first answer.
   */
  serverNow(): number {
    return this.#caller.serverClock.now();
  }

  /** Ends all connections, with the calls that are on them. */
  async close(): Promise<void> {
    await this.#transport.close();
  }

  async #listOnce<T extends KubeObject>(type: ResourceType, q: ListQuery): Promise<LiveList<T>> {
    const items: T[] = [];
    let resourceVersion = '';
    let serverTime: number | undefined;
    for await (const page of this.pages<T>(type, q)) {
      for (const item of page.items) items.push(item);
      resourceVersion = page.resourceVersion;
      serverTime ??= page.serverTime;
    }
    return { items, resourceVersion, serverTime: serverTime ?? 0 };
  }

  #send<T>(call: Omit<Call, 'body'>, body: object): Promise<Parsed<T>> {
    return this.#caller.json({ contentType: 'application/json', ...call, body: wireText(body) });
  }
}

function placeOf(q: { namespace?: string | undefined }): { namespace?: string } {
  return q.namespace ? { namespace: q.namespace } : {};
}

/** What a call is, for metrics and for its deadline. */
function about(
  verb: string,
  { plural }: ResourceType,
  { timeoutMs, urgent }: CallOptions = {},
): Pick<Call, 'verb' | 'resource' | 'timeoutMs' | 'urgent'> {
  return { verb, resource: plural, timeoutMs, urgent };
}

function live<T>({ body, serverTime }: Parsed<T>): Live<T> {
  return { object: body, serverTime };
}
