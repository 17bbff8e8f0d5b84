import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

export interface ProxyTarget {
  readonly host: string;
  readonly port: number;
}

/**
 * A TCP proxy on loopback that fails on command, as networks do: with a reset, with silence on open connections, or
 * with nobody listening.
 */
export class CuttingProxy {
  /** How many connections were made through it so far. */
  accepted = 0;
  readonly #target: ProxyTarget;
  readonly #sockets = new Set<Socket>();
  readonly #abandoned = new WeakSet<Socket>();
  #server: Server;
  #port = 0;
  #silent = false;

  private constructor(target: ProxyTarget) {
    this.#target = target;
    this.#server = this.#newServer();
  }

  /** Listens on a free port in front of the target. */
  static async start(target: ProxyTarget): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(target);
    await proxy.#listen();
    return proxy;
  }

  /** The proxy in front of the server of a URL. */
  static startFor(url: string): Promise<CuttingProxy> {
    const { hostname, port } = new URL(url);
    return CuttingProxy.start({ host: hostname, port: Number(port || 443) });
  }

  /** The port it listens on; it stays the same through `refuse` and `resume`. */
  get port(): number {
    return this.#port;
  }

  /** The URL that leads to the target through it, for a target that speaks TLS. */
  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  /** How many connections from clients are open. */
  get open(): number {
    return this.#sockets.size / 2;
  }

  /** Resets every connection, as a crashing load balancer does. New ones get through. */
  cutAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
    this.#sockets.clear();
  }

  /** Half-open: connections stay, and new ones are accepted, but not a byte gets through any more. */
  blackhole(): void {
    this.#silent = true;
    for (const socket of this.#sockets) socket.pause();
  }

  /** Half-open for good: what is connected now never hears anything again. New connections get through. */
  abandon(): void {
    for (const socket of this.#sockets) {
      this.#abandoned.add(socket);
      socket.pause();
    }
  }

  /** Cuts everything and listens no more: a connection attempt is refused. */
  async refuse(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.cutAll();
    await closed;
  }

  /** Works again. What was under way when silence fell arrives late, as TCP would have it. */
  async resume(): Promise<void> {
    this.#silent = false;
    for (const socket of this.#sockets) this.#resume(socket);
    if (!this.#server.listening) {
      this.#server = this.#newServer();
      await this.#listen();
    }
  }

  /** Ends it. */
  async close(): Promise<void> {
    if (this.#server.listening) await this.refuse();
  }

  #newServer(): Server {
    return createServer((client) => this.#accept(client));
  }

  async #listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    // Node: a listening TCP server's address is this.
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  #accept(client: Socket): void {
    this.accepted += 1;
    const target = connect(this.#target);
    // A proxy that holds back small pieces would slow every request down by the 40 ms of a delayed acknowledgement.
    for (const socket of [client, target]) socket.setNoDelay();
    this.#join(client, target);
    this.#join(target, client);
  }

  #resume(socket: Socket): void {
    if (!this.#silent && !this.#abandoned.has(socket)) socket.resume();
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on('data', (chunk) => {
      if (!to.write(chunk)) from.pause();
    });
    to.on('drain', () => {
      this.#resume(from);
    });
    from.on('end', () => to.end());
    // A broken connection shows at its other end; the error itself is what this proxy is for.
    from.on('error', () => to.resetAndDestroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
    if (this.#silent) from.pause();
  }
}
