import type { Dispatcher } from 'undici';
import { errorOfAnswer, errorOfSilence, textOf } from './answer.ts';
import { systemClock } from './clock.ts';
import type { Clock } from './clock.ts';
import { KubeError } from './error.ts';
import { RateLimit } from './ratelimit.ts';
import type { Rate } from './ratelimit.ts';
import { ServerClock } from './server-clock.ts';
import type { Answer, Transport, TransportRequest } from './transport.ts';

/** What the caller of the API wants done. */
export interface Call extends Omit<TransportRequest, 'signal'> {
  /** The verb as RBAC names it, for metrics. */
  readonly verb: string;
  /** The plural of its kind, for metrics. */
  readonly resource: string;
  readonly timeoutMs?: number | undefined;
  /** Goes past the client's own limit. */
  readonly urgent?: boolean | undefined;
}

/** A parsed answer, of the shape its caller claims, and the server's clock in it, milliseconds since the epoch. */
export interface Parsed<T> {
  readonly body: T;
  readonly serverTime: number;
}

/** An answer whose body is still to come. */
export interface Stream {
  readonly body: AsyncIterable<Uint8Array>;
  /**
   * Ends the stream for the given reason, which its reader gets thrown, after so many milliseconds of silence. The
   * connections it shares take nothing new; where nothing else came over them either, they are cut.
   */
  readonly giveUp: (reason: KubeError, silentMs: number) => void;
  /** To be called for every piece of the body: it proves that the connections it shares are alive. */
  readonly heard: () => void;
  /** Ends the stream. To be called in any case, when its reader is done with it. */
  readonly end: () => void;
}

/** A call that ended, in words of which there are few. */
export interface RequestReport {
  readonly verb: string;
  readonly resource: string;
  /** 0 where no whole answer came. */
  readonly status: number;
  /** From sending to the end of the answer; of a watch to the head of it. */
  readonly ms: number;
  /** How long it waited for the client's own limit before that. */
  readonly waitedMs: number;
}

export interface CallerOptions {
  readonly requestTimeoutMs?: number;
  readonly clock?: Clock;
  /** How many calls are sent at most; watches and urgent calls are not counted. Absent: no limit. */
  readonly rate?: Rate | undefined;
  readonly onRequest?: ((request: RequestReport) => void) | undefined;
}

/** A pool of connections as the requests on it found it. */
interface Link {
  readonly dispatcher: Dispatcher;
  /** When something last came over it, in monotonic milliseconds. */
  heardAt: number;
  /** The open streams on it: each can be broken off for a reason. */
  readonly streams: Set<(reason: KubeError) => void>;
}

/** A request that is under way. */
interface Flight {
  readonly abort: AbortController;
  /** Stops listening to the caller's signal, which may outlive many requests. */
  readonly land: () => void;
  /** When it was sent, or asked for while it has not been. */
  sentAt: number;
  waitedMs: number;
  /** Whether it waits for the client's own limit. */
  inLine: boolean;
  link?: Link;
  status?: number;
}

/** Sends calls with a deadline and turns whatever comes back, or does not, into data or a KubeError. */
export class Caller {
  readonly serverClock: ServerClock;
  readonly clock: Clock;
  /** Deadline of a call that names none of its own. */
  readonly requestTimeoutMs: number;
  readonly #transport: Transport;
  readonly #options: CallerOptions;
  readonly #limit: RateLimit | undefined;
  readonly #links = new WeakMap<Dispatcher, Link>();

  constructor(transport: Transport, options: CallerOptions) {
    this.#transport = transport;
    this.#options = options;
    this.clock = options.clock ?? systemClock;
    this.requestTimeoutMs = options.requestTimeoutMs ?? 30_000;
    this.serverClock = new ServerClock(this.clock);
    this.#limit = options.rate === undefined ? undefined : new RateLimit(options.rate, this.clock);
  }

  /**
   * The whole answer. The deadline covers waiting for its turn, finding the credential, connecting, waiting and
   * reading; the signal, if any, ends the call earlier.
   */
  async json<T>(call: Call, signal?: AbortSignal): Promise<Parsed<T>> {
    const flight = this.#takeOff(signal);
    try {
      return await this.#within(call, flight, async () => {
        if (call.urgent !== true) await this.#turn(flight);
        const { answer, serverTime } = await this.#head(call, flight);
        const body: T = JSON.parse(await textOf(answer.body));
        if (serverTime === undefined) throw new Error('the answer has no Date header');
        return { body, serverTime };
      });
    } finally {
      flight.land();
    }
  }

  /** The head of an answer within the deadline; its body as it comes, until the signal ends it. */
  async stream(call: Call, signal: AbortSignal): Promise<Stream> {
    const flight = this.#takeOff(signal);
    const breakOff = (reason: KubeError): void => flight.abort.abort(reason);
    const end = (): void => {
      flight.land();
      flight.link?.streams.delete(breakOff);
      flight.abort.abort();
    };
    const giveUp = (reason: KubeError, silentMs: number): void => {
      breakOff(reason);
      if (flight.link === undefined) return;
      // In half that time any other stream that lives would have been heard.
      const dead = flight.link.heardAt <= this.clock.monotonic() - silentMs / 2;
      this.#transport.retire(flight.link.dispatcher, dead ? 'cut' : 'finish');
    };
    try {
      const { answer } = await this.#within(call, flight, () => this.#head(call, flight));
      flight.link?.streams.add(breakOff);
      return { body: answer.body, giveUp, heard: () => this.#heard(flight), end };
    } catch (error) {
      end();
      throw error;
    }
  }

  async #within<T>(call: Call, flight: Flight, work: () => Promise<T>): Promise<T> {
    const ms = call.timeoutMs ?? this.requestTimeoutMs;
    const { verb, resource } = call;
    const report = (status: number): void => {
      const { sentAt, waitedMs } = flight;
      this.#options.onRequest?.({ verb, resource, status, ms: this.clock.monotonic() - sentAt, waitedMs });
    };
    const cancel = this.clock.after(ms, () => this.#late(call, flight, ms));
    try {
      const result = await work();
      report(flight.status ?? 0);
      return result;
    } catch (error) {
      const known = errorOfSilence(error);
      report(known.status);
      throw known;
    } finally {
      cancel();
    }
  }

  /**
   * One slow answer does not prove the link dead, but what comes next had better not depend on it. Where nothing else
   * came over it either, its streams are broken off to begin anew elsewhere, long before their own silence would tell.
   * Calls that still wait are left to their deadlines: a server that is only slow must get to answer them.
   */
  #late(call: Call, flight: Flight, ms: number): void {
    const what = flight.inLine
      ? `not sent within ${ms} ms for all the calls before it`
      : `no answer from the API server within ${ms} ms`;
    const message = `${what}: ${call.verb} ${call.path}`;
    const reason = new KubeError(message, { status: 0, reason: 'Timeout' });
    flight.abort.abort(reason);
    if (flight.link === undefined) return;
    this.#transport.retire(flight.link.dispatcher, 'finish');
    if (flight.link.heardAt < flight.sentAt) for (const breakOff of flight.link.streams) breakOff(reason);
  }

  /** Waits for the client's own limit, where there is one. */
  async #turn(flight: Flight): Promise<void> {
    if (this.#limit === undefined) return;
    const since = this.clock.monotonic();
    flight.inLine = true;
    try {
      await this.#limit.pass(flight.abort.signal);
      flight.inLine = false;
    } finally {
      flight.sentAt = this.clock.monotonic();
      flight.waitedMs = flight.sentAt - since;
    }
  }

  async #head(call: Call, flight: Flight): Promise<{ answer: Answer; serverTime: number | undefined }> {
    const request = { ...call, signal: flight.abort.signal };
    const answer = await this.#transport.send(request, (dispatcher) => {
      flight.link = this.#linkOf(dispatcher);
    });
    this.#heard(flight);
    flight.status = answer.status;
    const serverTime = this.serverClock.note(answer.date);
    if (answer.status < 200 || answer.status > 299) {
      throw errorOfAnswer({ ...answer, serverTime }, await textOf(answer.body));
    }
    return { answer, serverTime };
  }

  #heard(flight: Flight): void {
    if (flight.link !== undefined) flight.link.heardAt = this.clock.monotonic();
  }

  #linkOf(dispatcher: Dispatcher): Link {
    const known = this.#links.get(dispatcher);
    if (known !== undefined) return known;
    const link: Link = { dispatcher, heardAt: this.clock.monotonic(), streams: new Set() };
    this.#links.set(dispatcher, link);
    return link;
  }

  #takeOff(signal?: AbortSignal): Flight {
    const abort = new AbortController();
    const stop = (): void => abort.abort(signal?.reason);
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop, { once: true });
    const land = (): void => signal?.removeEventListener('abort', stop);
    return { abort, land, sentAt: this.clock.monotonic(), waitedMs: 0, inLine: false };
  }
}
