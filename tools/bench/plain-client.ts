import { connect, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { createInterface } from 'node:readline';

/** The API server and how to be somebody there. */
export interface Address {
  readonly server: string;
  /** PEM. */
  readonly ca: string;
  readonly token: string;
}

/** Nothing but requests over one connection: no retries, no deadlines. For the floor alone. */
export class PlainClient {
  readonly #session: ClientHttp2Session;
  readonly #authorization: string;

  constructor({ server, ca, token }: Address) {
    this.#session = connect(server, { ca });
    this.#authorization = `Bearer ${token}`;
  }

  /** POSTs an object, or PATCHes with that content type. Resolves to the answer, whatever it says. */
  async send<T>(path: string, body: object, contentType?: string): Promise<T> {
    const stream = this.#open(contentType === undefined ? 'POST' : 'PATCH', path, contentType);
    stream.end(JSON.stringify(body));
    return JSON.parse(await textOf(stream));
  }

  /** Tells of every object that is there or comes. */
  async watch(path: string, added: (object: ReturnType<typeof JSON.parse>) => void): Promise<void> {
    const stream = this.#open('GET', `${path}?watch=1`);
    for await (const line of createInterface({ input: stream })) {
      const { type, object } = JSON.parse(line);
      if (type === 'ADDED') added(object);
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
