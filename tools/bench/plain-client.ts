import { connect, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** The API server and how to be somebody there. */
export interface Address {
  readonly server: string;
  /** PEM. */
  readonly ca: string;
  readonly token: string;
}

const againMs = 50;
const attempts = 100;

/** Nothing but requests over one connection, sent again where they are refused; no deadlines. For the floor alone. */
export class PlainClient {
  readonly #session: ClientHttp2Session;
  readonly #authorization: string;

  constructor({ server, ca, token }: Address) {
    this.#session = connect(server, { ca });
    this.#authorization = `Bearer ${token}`;
  }

  /** POSTs an object, or PATCHes with that content type, until it is stored: a webhook that is too busy refuses some. */
  async send(path: string, body: object, contentType?: string): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const stream = this.#open(contentType === undefined ? 'POST' : 'PATCH', path, contentType);
      let status = 0;
      stream.once('response', (headers) => (status = headers[':status'] ?? 0));
      stream.end(JSON.stringify(body));
      const answer: unknown = JSON.parse(await textOf(stream));
      if (status < 300) return;
      if (attempt === attempts) throw new Error(`${path}: ${JSON.stringify(answer)}`);
      await sleep(againMs);
    }
  }

  /** Tells of every object that is there or comes, once. The server ends a watch that is slow for a moment. */
  async watch(path: string, added: (object: ReturnType<typeof JSON.parse>) => void): Promise<never> {
    const seen = new Set<string>();
    for (;;) {
      const stream = this.#open('GET', `${path}?watch=1`);
      for await (const line of createInterface({ input: stream })) {
        const { object } = JSON.parse(line);
        const { uid } = object.metadata;
        if (uid === undefined || seen.has(uid)) continue;
        seen.add(uid);
        added(object);
      }
    }
  }

  #open(method: string, path: string, contentType = 'application/json'): ClientHttp2Stream {
    return this.#session.request({
      ':method': method,
      ':path': path,
      authorization: this.#authorization,
      accept: 'application/json',
      'content-type': contentType,
    });
  }
}

async function textOf(stream: ClientHttp2Stream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
