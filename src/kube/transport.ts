import type { Dispatcher } from 'undici';
import { openDispatcher } from './credential.ts';
import type { Credential } from './credential.ts';
import type { Identity } from './identity.ts';

export interface TransportRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Path and query. */
  readonly path: string;
  readonly contentType?: string;
  readonly body?: string;
  /** Ends the request and the reading of its answer, with the signal's reason. */
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly date: string | undefined;
  readonly retryAfter: string | undefined;
  /** Must be read to its end or destroyed, or it holds up its connection. */
  readonly body: Dispatcher.ResponseData['body'];
}

export interface TransportOptions {
  readonly allowHttp2?: boolean;
  readonly userAgent?: string;
}

/** The connections in use for one credential. */
interface Link {
  readonly id: string;
  readonly dispatcher: Dispatcher;
}

/**
 * Requests over one pool of connections per credential. A request remembers which pool it used, so that whoever
 * finds a pool dead can have exactly that one replaced.
 */
export class Transport {
  readonly #identity: Identity;
  readonly #options: TransportOptions;
  #link: Link | undefined;
  /** Pools that take no new requests and live until their last stream ends. */
  readonly #retired = new Set<Dispatcher>();
  #closed = false;

  constructor(identity: Identity, options: TransportOptions = {}) {
    this.#identity = identity;
    this.#options = options;
  }

  /**
   * Sends one request and resolves with the head of its answer, whatever its status. `onLink` is told which pool
   * carries it before it is sent. Rejects where there is no answer, or with the signal's reason. A request that was
   * refused because its credential has been replaced meanwhile (401: nothing was done) is sent once more.
   */
  async send(request: TransportRequest, onLink: (link: Dispatcher) => void): Promise<Answer> {
    const credential = await orAborted(this.#identity.credential(), request.signal);
    const answer = await this.#sendAs(credential, request, onLink);
    if (answer.status !== 401) return answer;
    const other = await orAborted(this.#identity.otherThan(credential), request.signal);
    if (other === undefined) return answer;
    await answer.body.dump();
    return this.#sendAs(other, request, onLink);
  }

  async #sendAs(
    credential: Credential,
    request: TransportRequest,
    onLink: (link: Dispatcher) => void,
  ): Promise<Answer> {
    const dispatcher = this.#dispatcherFor(credential);
    onLink(dispatcher);
    const { signal } = request;
    // The dispatcher looks at the signal only once it is connected, and may try that for longer than a call may take.
    const answering = dispatcher.request({
      origin: new URL(credential.server).origin,
      path: `${new URL(credential.server).pathname.replace(/\/$/, '')}${request.path}`,
      method: request.method,
      headers: this.#headers(credential, request),
      body: request.body ?? null,
      signal,
    });
    const answer = await orAborted(answering, signal);
    return {
      status: answer.statusCode,
      date: single(answer.headers['date']),
      retryAfter: single(answer.headers['retry-after']),
      body: answer.body,
    };
  }

  /**
   * Takes a pool out of use. `finish` lets the streams on it come to their own end: right after one slow answer.
   * `cut` ends them now: right when the link is known to be dead, since on HTTP/2 all of them share it.
   */
  retire(dispatcher: Dispatcher, how: 'finish' | 'cut'): void {
    if (this.#link?.dispatcher === dispatcher) this.#link = undefined;
    // It may have been ended already, in the other way: then there is nothing left to do.
    const forget = (): void => void this.#retired.delete(dispatcher);
    if (how === 'cut') {
      dispatcher.destroy(new Error('connection given up: nothing came over it')).then(forget, forget);
    } else if (!this.#retired.has(dispatcher)) {
      this.#retired.add(dispatcher);
      dispatcher.close().then(forget, forget);
    }
  }

  /** Ends all connections. Further requests are refused. */
  async close(): Promise<void> {
    this.#closed = true;
    const all = [...this.#retired, ...(this.#link === undefined ? [] : [this.#link.dispatcher])];
    this.#link = undefined;
    this.#retired.clear();
    await Promise.all(all.map((dispatcher) => dispatcher.destroy(new Error('client closed'))));
  }

  #dispatcherFor(credential: Credential): Dispatcher {
    if (this.#closed) throw new Error('client closed');
    if (this.#link?.id === credential.id) return this.#link.dispatcher;
    if (this.#link !== undefined) this.retire(this.#link.dispatcher, 'finish');
    const dispatcher = openDispatcher(
      credential.dispatcherOptions,
      credential.fitsHttp2 && (this.#options.allowHttp2 ?? true),
    );
    this.#link = { id: credential.id, dispatcher };
    return dispatcher;
  }

  #headers(credential: Credential, request: TransportRequest): Record<string, string | string[]> {
    return {
      ...credential.headers,
      accept: 'application/json',
      'user-agent': this.#options.userAgent ?? 'kube-core',
      ...(request.contentType === undefined ? {} : { 'content-type': request.contentType }),
    };
  }
}

/** An exec plugin may hang, and so may connecting; the request's deadline covers both. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      const reason: Error = signal.reason;
      reject(reason);
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
