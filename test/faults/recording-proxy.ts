import { once } from 'node:events';
import { createSecureServer } from 'node:http2';
import type { Http2SecureServer, Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import { issueCertificate } from '../fakes/certificate.ts';
import { placeOf, verbOf, type Verb, type Write } from './recorded-write.ts';

/** The API server behind the proxy. `caData` is base64 of PEM. */
export interface ApiServer {
  readonly server: string;
  readonly caData?: string | undefined;
}

/** Work to be done between two moments of a write. What is not resolved holds that write up. */
export interface Stops {
  /** It came from the client, and the API server does not know of it yet. */
  readonly received?: (write: Write) => Promise<void> | void;
  /** The API server has answered, and the client does not know of it yet. */
  readonly answered?: (write: Write) => Promise<void> | void;
  /** The client was sent the answer. */
  readonly passed?: (write: Write) => void;
}

/** An event of a watch, as far as it says whom it is about. */
export interface WatchedObject {
  readonly metadata?: { readonly name?: string };
  readonly spec?: { readonly taskRef?: { readonly name?: string } };
}

/** Of one connection only; HTTP/2 knows no such thing (RFC 9113, 8.2.2). */
const ofTheConnection = [
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'proxy-connection',
  'host',
];

/**
 * A proxy in front of a real API server: TLS with HTTP/2 towards its clients, HTTP/1.1 behind. All goes through as it
 * is, the bearer token and watches included. It records every write in the order in which it came, can hold a write up
 * at each moment, and can keep a client from hearing of an object.
 */
export class RecordingProxy {
  readonly writes: Write[] = [];
  stops: Stops = {};
  /** Watch events of which this is true are not passed on. */
  withheld: (object: WatchedObject) => boolean = () => false;
  /** The certificate authority that clients have to trust, PEM in base64. */
  readonly caData: string;
  readonly #upstream: URL;
  readonly #agent: https.Agent;
  readonly #server: Http2SecureServer;
  readonly #sockets = new Set<TLSSocket>();
  #count = 0;

  private constructor(target: ApiServer) {
    const { cert, key } = issueCertificate({ commonName: 'recording', hosts: ['127.0.0.1'] });
    this.caData = Buffer.from(cert).toString('base64');
    this.#upstream = new URL(target.server);
    const ca = target.caData === undefined ? {} : { ca: Buffer.from(target.caData, 'base64') };
    this.#agent = new https.Agent({ keepAlive: true, ...ca });
    this.#server = createSecureServer({ cert, key });
    this.#server.on('request', (request, response) => void this.#serve(request, response));
    // A client that is killed breaks its connection: that is what this is for.
    this.#server.on('sessionError', () => undefined);
    this.#server.on('secureConnection', (socket: TLSSocket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
    });
  }

  /** Listens on a free port of loopback. */
  static async start(target: ApiServer): Promise<RecordingProxy> {
    const proxy = new RecordingProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** The address that a client of that name is to be told. The name must be fit for a URL. */
  urlFor(client: string): string {
    // Node: a listening TCP server's address is this.
    const { port } = this.#server.address() as AddressInfo;
    return `https://127.0.0.1:${String(port)}/${client}`;
  }

  /** The next number of the count in which writes are ordered, for what happens beside them. */
  stamp(): number {
    this.#count += 1;
    return this.#count;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    this.#agent.destroy();
  }

  async #serve(request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> {
    const [, client = '', ...rest] = request.url.split('/');
    const incoming: Incoming = { client, path: `/${rest.join('/')}`, request, response };
    const verb = verbOf(request.method);
    try {
      await (verb === undefined ? this.#passRead(incoming) : this.#passWrite(incoming, verb));
    } catch {
      // No answer from behind, or nobody left to take it: the client sees a broken stream.
      response.stream.destroy();
    }
  }

  async #passRead(incoming: Incoming): Promise<void> {
    const { request, response, path } = incoming;
    const away = new AbortController();
    response.on('close', () => away.abort());
    const answer = await this.#ask(incoming, undefined, away.signal);
    writeHead(response, answer);
    const isWatch = new URL(path, this.#upstream).searchParams.get('watch') === 'true';
    if (!isWatch || request.method !== 'GET') {
      answer.on('error', () => response.stream.destroy());
      answer.pipe(response);
      return;
    }
    answer.on('error', () => undefined);
    for await (const line of createInterface({ input: answer })) {
      const event: { object?: WatchedObject } = JSON.parse(line);
      if (!this.withheld(event.object ?? {})) response.write(`${line}\n`);
    }
    response.end();
  }

  async #passWrite(incoming: Incoming, verb: Verb): Promise<void> {
    const { client, path, request, response } = incoming;
    const url = new URL(path, this.#upstream);
    const sent = await buffer(request);
    const write: Write = {
      client,
      verb,
      ...placeOf(url.pathname),
      dryRun: url.searchParams.has('dryRun'),
      fieldManager: url.searchParams.get('fieldManager') ?? '',
      body: parsed(sent),
      receivedAt: this.stamp(),
    };
    this.writes.push(write);
    await this.stops.received?.(write);
    const answer = await this.#ask(incoming, sent);
    const content = await buffer(answer);
    write.status = answer.statusCode ?? 0;
    write.answer = parsed(content);
    write.answeredAt = this.stamp();
    await this.stops.answered?.(write);
    if (response.destroyed) return;
    writeHead(response, answer);
    response.end(content);
    write.passedAt = this.stamp();
    this.stops.passed?.(write);
  }

  /** A write that the API server has is not taken back when its client goes away; a read is. */
  #ask(incoming: Incoming, body?: Buffer, signal?: AbortSignal): Promise<IncomingMessage> {
    const { method, headers } = incoming.request;
    const options: https.RequestOptions = { method, headers: passedHeaders(headers), agent: this.#agent };
    if (signal !== undefined) options.signal = signal;
    return new Promise((resolve, reject) => {
      const outgoing = https.request(new URL(incoming.path, this.#upstream), options, resolve);
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }
}

interface Incoming {
  readonly client: string;
  readonly path: string;
  readonly request: Http2ServerRequest;
  readonly response: Http2ServerResponse;
}

function writeHead(response: Http2ServerResponse, answer: IncomingMessage): void {
  response.writeHead(answer.statusCode ?? 502, passedHeaders(answer.headers));
}

function passedHeaders(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const passed = Object.entries(headers).filter(
    ([name]) => !name.startsWith(':') && !ofTheConnection.includes(name),
  );
  return Object.fromEntries(passed);
}

function parsed(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString('utf8'));
  } catch {
    return undefined;
  }
}
