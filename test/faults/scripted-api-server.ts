import { once } from 'node:events';
import { createSecureServer } from 'node:http2';
import type { Http2SecureServer, Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { issueCertificate } from '../fakes/certificate.ts';
import type { Certificate } from '../fakes/certificate.ts';

/** A request as it arrived. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  readonly httpVersion: string;
  /** Numbers connections, so that a test can tell whether two requests shared one. */
  readonly connection: number;
}

/** How one request is answered. */
export type Step = (exchange: Exchange) => void;

/** A request and the means to answer it. */
export interface Exchange {
  readonly request: SeenRequest;
  readonly response: Http2ServerResponse;
}

/** A watch that is open at the server. */
export class OpenWatch {
  readonly request: SeenRequest;
  readonly #response: Http2ServerResponse;
  closed = false;

  constructor({ request, response }: Exchange) {
    this.request = request;
    this.#response = response;
    response.writeHead(200, { 'content-type': 'application/json' });
    // Go's server sends the head before the first event; without this Node would wait for it.
    response.write('\n');
    response.on('close', () => (this.closed = true));
  }

  /** Sends one event. */
  send(type: string, object: object): void {
    this.raw(`${JSON.stringify({ type, object })}\n`);
  }

  bookmark(resourceVersion: string): void {
    this.send('BOOKMARK', { metadata: { resourceVersion } });
  }

  raw(text: string | Buffer): void {
    this.#response.write(text);
  }

  /** Sends part of an event and breaks the connection once that part is on its way. */
  breakOff(part: string | Buffer): void {
    this.closed = true;
    this.#response.write(part, () => this.reset());
  }

  /** Says that this connection takes no new requests (HTTP/2 alone can). What is open on it stays open. */
  goAway(): void {
    this.#response.stream?.session?.goaway();
  }

  /** Ends it as a server does when its time is over. */
  end(): void {
    this.closed = true;
    this.#response.end();
  }

  /** Breaks the connection under it. */
  reset(): void {
    this.closed = true;
    destroyConnection(this.#response);
  }
}

/** A JSON answer. */
export function json(body: object, status = 200, headers: Record<string, string> = {}): Step {
  return ({ response }) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
}

/** A list of objects. */
export function list(items: object[], resourceVersion: string, token?: string): Step {
  return json({ kind: 'List', items, metadata: { resourceVersion, continue: token } });
}

/** A Status with that code. */
export function refuse(code: number, reason: string, headers: Record<string, string> = {}): Step {
  return json(
    { kind: 'Status', status: 'Failure', code, reason, message: `scripted: ${reason}` },
    code,
    headers,
  );
}

/** Breaks the connection instead of an answer. */
export const cut: Step = ({ response }) => destroyConnection(response);

/** Takes the request and never answers. */
export const hang: Step = () => undefined;

/** In megabytes: Node's own server would refuse further requests (ENHANCE_YOUR_CALM) behind one very long answer. */
const maxSessionMemory = 1_000;

/**
 * An API server that does what a test wrote down, over TLS with HTTP/2 and HTTP/1.1. Lists, watches and all other
 * calls each have their own script, used up step by step; after its end lists are empty and watches stay open.
 */
export class ScriptedApiServer {
  readonly requests: SeenRequest[] = [];
  readonly watches: OpenWatch[] = [];
  readonly script: { readonly lists: Step[]; readonly watches: Step[]; readonly calls: Step[] };
  /** How many connections were made so far. */
  connections = 0;
  /** What comes after the end of a script. */
  readonly fallback: { list: Step; watch: Step; call: Step };
  readonly #server: Http2SecureServer;
  readonly #sockets = new Map<Socket, number>();
  readonly #authority: string;

  private constructor({ cert, key }: Certificate) {
    this.#authority = cert;
    this.fallback = { list: list([], '1'), watch: this.open, call: refuse(404, 'NotFound') };
    this.script = { lists: [], watches: [], calls: [] };
    this.#server = createSecureServer({ cert, key, allowHTTP1: true, maxSessionMemory });
    this.#server.on('secureConnection', (socket: Socket) => {
      this.connections += 1;
      this.#sockets.set(socket, this.connections);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    this.#server.on('request', (request, response) => void this.#serve(request, response));
  }

  static async start(
    certificate = issueCertificate({ commonName: 'scripted', hosts: ['127.0.0.1'] }),
  ): Promise<ScriptedApiServer> {
    const server = new ScriptedApiServer(certificate);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  /** A watch step that leaves the watch open for the test, in `watches`. */
  readonly open: Step = (exchange) => {
    this.watches.push(new OpenWatch(exchange));
  };

  /** A watch step that sends these events and then ends, or stays open. */
  events(events: [type: string, object: object][], then: 'end' | 'stay' = 'stay'): Step {
    return (exchange) => {
      const watch = new OpenWatch(exchange);
      this.watches.push(watch);
      for (const [type, object] of events) watch.send(type, object);
      if (then === 'end') watch.end();
    };
  }

  get port(): number {
    // Node: a listening TCP server's address is this.
    return (this.#server.address() as AddressInfo).port;
  }

  /** A kubeconfig that leads here, or to a proxy in front of it. */
  kubeConfig(port = this.port): KubeConfig {
    const config = new KubeConfig();
    const caData = Buffer.from(this.#authority).toString('base64');
    config.loadFromClusterAndUser(
      { name: 'scripted', server: `https://127.0.0.1:${port}`, caData, skipTLSVerify: false },
      { name: 'somebody', token: 'a-token' },
    );
    return config;
  }

  /** From now on the server shows this certificate to whoever connects. */
  renew({ cert, key }: Certificate): void {
    this.#server.setSecureContext({ cert, key });
  }

  /** The connections that are open, by number. */
  get openConnections(): number[] {
    return [...this.#sockets.values()];
  }

  /** The protocols that were spoken, as `1.1` and `2.0`. */
  get protocols(): string[] {
    return [...new Set(this.requests.map(({ httpVersion }) => httpVersion))];
  }

  /** The requests that were lists, or watches. */
  seen(kind: 'list' | 'watch'): SeenRequest[] {
    return this.requests.filter(
      (request) =>
        request.method === 'GET' && !isObjectPath(request.path) && isWatch(request) === (kind === 'watch'),
    );
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets.keys()) socket.destroy();
    await closed;
  }

  async #serve(request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> {
    const seen = await this.#read(request);
    this.requests.push(seen);
    this.#step(seen)({ request: seen, response });
  }

  #step(seen: SeenRequest): Step {
    const { lists, watches, calls } = this.script;
    if (isWatch(seen)) return watches.shift() ?? this.fallback.watch;
    if (seen.method === 'GET' && !isObjectPath(seen.path)) return lists.shift() ?? this.fallback.list;
    return calls.shift() ?? this.fallback.call;
  }

  async #read(request: Http2ServerRequest): Promise<SeenRequest> {
    const url = new URL(request.url, 'https://localhost');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    return {
      method: request.method,
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: Buffer.concat(chunks).toString('utf8'),
      httpVersion: request.httpVersion,
      connection: this.#connectionOf(request),
    };
  }

  /** An HTTP/2 request only shows a proxy of its socket, so the ports have to tell. */
  #connectionOf(request: Http2ServerRequest): number {
    for (const [socket, number] of this.#sockets) {
      if (socket.remotePort === request.socket.remotePort) return number;
    }
    return 0;
  }
}

function isWatch(request: SeenRequest): boolean {
  return request.query.get('watch') === 'true';
}

/** Tests keep to one kind, `things`, beside Leases and Events: a path that ends in the plural names all of them. */
function isObjectPath(path: string): boolean {
  return !/\/(?:things|leases|events)$/.test(path);
}

/** Without a word of goodbye, whichever protocol is spoken. */
function destroyConnection(response: Http2ServerResponse): void {
  const session = response.stream?.session;
  // Who broke off first leaves neither.
  if (session === undefined) (response.socket as Socket | undefined)?.destroy();
  else session.destroy();
}
