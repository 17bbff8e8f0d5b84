import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as textOf } from 'node:stream/consumers';

/** A POST as it arrived: the body is not parsed, for signatures are over its bytes. */
export interface Post {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** How many came before it and it, from 1. */
  readonly count: number;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Undefined goes on as usual; `hang` never answers; `hangUp` closes the connection without an answer. */
export type Scripted = undefined | Reply | 'hang' | 'hangUp';

export interface InboxOptions<T> {
  /** Absent: any free one. */
  readonly port?: number;
  readonly script?: ((post: Post) => Scripted | Promise<Scripted>) | undefined;
  /** What is answered, and what of it is kept. */
  readonly take: (post: Post) => Reply & { readonly kept?: T };
  /** What a browser is shown at `/`. */
  readonly page: (kept: readonly T[]) => string;
}

/** A real HTTP server on loopback that keeps what it accepts. */
export interface Inbox<T> {
  readonly port: number;
  readonly kept: () => readonly T[];
  /** All that was posted, accepted or not. */
  readonly posts: () => readonly Post[];
  /** The first that was accepted, already or later, of which this is true. */
  readonly waitFor: (predicate: (kept: T) => boolean, limitMs?: number) => Promise<T>;
  readonly close: () => Promise<void>;
}

export async function openInbox<T>(options: InboxOptions<T>): Promise<Inbox<T>> {
  const kept: T[] = [];
  const posts: Post[] = [];
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    void serve(request, response).catch(() => response.destroy());
  });
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method !== 'POST') {
      send(
        response,
        show(request, () => options.page(kept)),
      );
      return;
    }
    const { pathname: path, searchParams: query } = new URL(request.url ?? '/', 'http://localhost');
    const post = {
      path,
      query,
      headers: request.headers,
      body: await textOf(request),
      count: posts.length + 1,
    };
    posts.push(post);
    const scripted = await options.script?.(post);
    if (scripted === 'hang') return;
    if (scripted === 'hangUp') {
      response.destroy();
      return;
    }
    const reply = scripted ?? options.take(post);
    if ('kept' in reply && reply.kept !== undefined) kept.push(reply.kept as T);
    send(response, reply);
    for (const look of waiting) look();
  };
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    kept: () => kept,
    posts: () => posts,
    waitFor: (predicate, limitMs = 30_000) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = kept.find(predicate);
          if (found === undefined) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(found);
        };
        const timer = setTimeout(() => {
          waiting.delete(look);
          reject(new Error(`nothing such within ${String(limitMs)} ms; ${String(posts.length)} posts came`));
        }, limitMs);
        waiting.add(look);
        look();
      }),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function show(request: IncomingMessage, page: () => string): Reply {
  if (request.method !== 'GET' || request.url !== '/') return { status: 404, body: 'not found' };
  const policy = "default-src 'none'; style-src 'unsafe-inline'";
  const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy };
  return { status: 200, headers, body: page() };
}

function send(response: ServerResponse, { status, headers = {}, body = '' }: Reply): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}

/** A text as HTML shows it, also within quotes. */
export function escaped(text: string): string {
  const names: Record<string, string> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": '#39' };
  return text.replaceAll(/[&<>"']/g, (character) => `&${names[character] ?? ''};`);
}

/** A plain page around HTML. */
export function pageOf(title: string, html: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title><style>body{font:16px sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}article{border:1px solid #ccc;border-radius:6px;padding:1rem;margin:1rem 0}.emphasis{background:#f3f3f3;padding:.5rem;margin:.5rem 0}.large{font-size:1.3rem}.small{font-size:.85rem;color:#555}p{margin:.3rem 0;white-space:pre-wrap;overflow-wrap:anywhere}dt{font-weight:bold;float:left;clear:left;margin-right:.5rem}dd{margin:0}pre{white-space:pre-wrap;overflow-wrap:anywhere}</style><h1>${escaped(title)}</h1>${html}</html>`;
}
