import { request, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startWeb, stopWeb } from '../../src/web/server.ts';
import { baseUrl, FakeCluster } from './fake-cluster.ts';

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Sent {
  readonly method?: string;
  /** `undefined` leaves out a header that would be sent. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
}

/** A running server and a browser without JavaScript, which keeps cookies and says where its requests come from. */
export class FakeBrowser {
  readonly cookies = new Map<string, string>();
  readonly #port: number;
  readonly #base: URL;

  constructor(port: number, base: string = baseUrl) {
    this.#port = port;
    this.#base = new URL(base);
  }

  async get(path: string, headers: Sent['headers'] = {}): Promise<Answered> {
    return this.send(path, { headers });
  }

  /** GET, then whatever the redirects lead to. */
  async open(path: string): Promise<Answered & { path: string }> {
    const answer = await this.get(path);
    const { location } = answer.headers;
    return location === undefined ? { ...answer, path } : this.open(location);
  }

  async post(path: string, fields: Record<string, string>, sent: Sent = {}): Promise<Answered> {
    const headers = {
      'Content-Type': 'application/x-www-form-urlencoded',
      'Sec-Fetch-Site': 'same-origin',
      Origin: this.#base.origin,
      ...sent.headers,
    };
    return this.send(path, {
      method: 'POST',
      body: new URLSearchParams(fields).toString(),
      ...sent,
      headers,
    });
  }

  /** Posts the form of a page with its hidden fields; `changes` replace or add fields. */
  async answer(page: Answered, changes: Record<string, string> = {}, sent: Sent = {}): Promise<Answered> {
    return this.post(actionOf(page), { ...hiddenFields(page), decision: 'approve', ...changes }, sent);
  }

  async send(path: string, { method = 'GET', headers = {}, body }: Sent): Promise<Answered> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const all = { Host: this.#base.host, ...(cookie !== '' && { Cookie: cookie }), ...headers };
    const set = Object.fromEntries(
      Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined),
    );
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: this.#port, path, method, headers: set, agent: false };
      const outgoing = request(options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          this.#keep(response.headers['set-cookie']);
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
        });
      });
      outgoing.once('error', reject);
      outgoing.end(body);
    });
  }

  #keep(lines: readonly string[] = []): void {
    for (const line of lines) {
      const [pair = ''] = line.split(';');
      const at = pair.indexOf('=');
      if (/;\s*Max-Age=0/u.test(line)) this.cookies.delete(pair.slice(0, at));
      else this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
  }
}

function actionOf({ body }: Answered): string {
  const action = /<form\b[^>]*\baction="([^"]*)"/u.exec(body)?.[1];
  if (action === undefined) throw new Error('the page has no form');
  return action;
}

export function hiddenFields({ body }: Answered): Record<string, string> {
  const inputs = [...body.matchAll(/<input\b[^>]*type="hidden"[^>]*>/gu)].map(([tag]) => tag);
  const attribute = (tag: string, name: string): string =>
    new RegExp(`\\b${name}="([^"]*)"`, 'u').exec(tag)?.[1] ?? '';
  return Object.fromEntries(inputs.map((tag) => [attribute(tag, 'name'), attribute(tag, 'value')]));
}

/** The pages of a cluster on a free port, until `close`. */
export interface FakeSite {
  readonly cluster: FakeCluster;
  readonly server: Server;
  readonly port: number;
  browser(): FakeBrowser;
  close(): Promise<void>;
}

export async function startSite(cluster = new FakeCluster(), url: string = baseUrl): Promise<FakeSite> {
  const server = await startWeb({ deps: cluster.deps(url), host: '127.0.0.1', port: 0 });
  const { port } = server.address() as AddressInfo;
  return {
    cluster,
    server,
    port,
    browser: () => new FakeBrowser(port, url),
    close: async () => stopWeb(server),
  };
}
