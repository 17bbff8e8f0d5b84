import type { Dice } from '../tier.ts';
import type { Happened } from './object-store.ts';
import { ObjectStore } from './object-store.ts';
import { OpenWatch, cut, hang, list, refuse } from './scripted-api-server.ts';
import type { Exchange, ScriptedApiServer, Step } from './scripted-api-server.ts';

const status = (code: number): object => ({ kind: 'Status', code, message: `scripted: ${String(code)}` });
const inASecond = (): string => new Date(Date.now() + 1_000).toUTCString();

/** What a request may be answered with instead of what it asked for. */
const refusals: Record<string, Step> = {
  '410': refuse(410, 'Expired'),
  '429': refuse(429, 'TooManyRequests', { 'retry-after': '1' }),
  '429 until a date': (exchange) => refuse(429, 'TooManyRequests', { 'retry-after': inASecond() })(exchange),
  '500': refuse(500, 'InternalError'),
  '503': refuse(503, 'ServiceUnavailable'),
  'broken off': cut,
  'never answered': hang,
  'no JSON': ({ response }) => {
    response.writeHead(200);
    response.end('<html>sign in here</html>\n');
  },
  'half an answer': (exchange) => {
    exchange.response.writeHead(200);
    exchange.response.write('{"kind":"List","metadata":{"resourceVersion":"9999"},"items":[', () =>
      cut(exchange),
    );
  },
};

/** A watch that follows the store. */
interface Following {
  readonly watch: OpenWatch;
  readonly namespace: string | undefined;
  readonly sent: string[];
  /** The second part of an event that is on its way. */
  rest: Buffer | undefined;
  stalled: boolean;
}

/** What may befall a watch that is open. */
const mishaps: Record<string, (following: Following, dice: Dice, version: number) => void> = {
  reset: ({ watch }) => watch.reset(),
  end: ({ watch }) => watch.end(),
  'reset in the middle of an event': ({ watch, sent }, dice) => {
    const event = Buffer.from(sent.at(-1) ?? '{"type":"ADDED"');
    watch.breakOff(event.subarray(0, dice.below(event.length)));
  },
  'a line that is not JSON': ({ watch }) => watch.raw('upstream connect error\n'),
  '410 inside': ({ watch }) => watch.send('ERROR', status(410)),
  '500 inside': ({ watch }) => watch.send('ERROR', status(500)),
  'half-open': (following) => (following.stalled = true),
  echo: ({ watch, sent }, dice) => {
    for (const line of sent.slice(dice.below(sent.length + 1))) watch.raw(line);
  },
  'an echo of one': ({ watch, sent }, dice) => {
    if (sent.length > 0) watch.raw(dice.pick(sent));
  },
  bookmark: ({ watch }, _dice, version) => watch.bookmark(String(version)),
  'a bookmark from the past': ({ watch }, dice, version) => watch.bookmark(String(dice.below(version) + 1)),
  GOAWAY: ({ watch }) => watch.goAway(),
};

/** All that can befall, as `befell` calls it. */
export const everyFailure: readonly string[] = [
  ...['slow', 'from the past', ...Object.keys(refusals)].map((name) => `list: ${name}`),
  ...['an event in two parts', ...Object.keys(refusals), ...Object.keys(mishaps)].map(
    (name) => `watch: ${name}`,
  ),
].toSorted();

/** Page after page of three; the token holds version and place. */
const pageSize = 3;

/**
 * An API server that has a store and fails: whatever a request or an open watch can meet befalls it, by dice. Without
 * `failing` it only serves.
 */
export class UnreliableServer {
  readonly store = new ObjectStore();
  /** How likely a request is refused. */
  failing = 0;
  /** What befell. */
  readonly befell = new Set<string>();
  /** The namespaces of which a whole list was answered. */
  readonly listed = new Set<string | undefined>();
  readonly #dice: Dice;
  readonly #following = new Set<Following>();
  readonly #hanging = new Set<Exchange>();
  /** Lists from the past in a row: a server that always lags is not one that lags. */
  #past = 0;

  constructor(server: ScriptedApiServer, dice: Dice) {
    this.#dice = dice;
    this.store.onChange = (happened) => this.#tellAll(happened);
    server.fallback.list = (exchange) => this.#answer('list', exchange, () => this.#list(exchange));
    server.fallback.watch = (exchange) => this.#answer('watch', exchange, () => this.#watch(exchange));
  }

  /** Whether anybody waits for an answer or an event that will never come. */
  get leavesWaiting(): boolean {
    return this.#hanging.size > 0 || this.#open().some(({ stalled }) => stalled);
  }

  /** Something happens to one of the open watches. */
  mishap(): void {
    const open = this.#open().filter(({ stalled }) => !stalled);
    if (open.length === 0) return;
    const [name, happen] = this.#dice.pick(Object.entries(mishaps));
    this.#note(`watch: ${name}`);
    const following = this.#dice.pick(open);
    this.#finish(following);
    happen(following, this.#dice, this.store.version);
  }

  /** Sends what is left of events that come in parts. */
  flush(): void {
    for (const following of this.#open()) this.#finish(following);
  }

  #open(): Following[] {
    for (const following of this.#following) if (following.watch.closed) this.#following.delete(following);
    return [...this.#following];
  }

  #answer(what: string, exchange: Exchange, serve: () => void): void {
    if (this.#dice.next() >= this.failing) {
      serve();
      return;
    }
    const [name, step] = this.#dice.pick(Object.entries(refusals));
    this.#note(`${what}: ${name}`);
    if (step === hang) {
      this.#hanging.add(exchange);
      exchange.response.on('close', () => this.#hanging.delete(exchange));
    }
    step(exchange);
  }

  #list(exchange: Exchange): void {
    const { query } = exchange.request;
    const [given, place = '0'] = (query.get('continue') ?? '').split('.');
    const version = given ? Number(given) : this.#versionToList();
    if (version < this.store.compacted) return refuse(410, 'Expired')(exchange);
    const namespace = namespaceOf(exchange);
    const all = this.store.at(version).filter(({ metadata }) => isIn(metadata.namespace, namespace));
    const end = Number(place) + pageSize;
    if (end >= all.length) this.listed.add(namespace);
    const token = end < all.length ? `${String(version)}.${String(end)}` : undefined;
    const step = list(all.slice(Number(place), end), String(version), token);
    const slow = this.#dice.next() < this.failing;
    if (!slow) return step(exchange);
    this.#note('list: slow');
    setTimeout(() => step(exchange), this.#dice.below(5));
  }

  #versionToList(): number {
    const { version, compacted } = this.store;
    const past = this.#past < 3 && this.#dice.next() < this.failing / 2;
    this.#past = past ? this.#past + 1 : 0;
    if (!past) return version;
    this.#note('list: from the past');
    return Math.max(compacted, version - this.#dice.below(6));
  }

  #watch(exchange: Exchange): void {
    const known = this.store.since(Number(exchange.request.query.get('resourceVersion')));
    if (known === undefined) return refuse(410, 'Expired')(exchange);
    const watch = new OpenWatch(exchange);
    const namespace = namespaceOf(exchange);
    const following: Following = { watch, namespace, sent: [], rest: undefined, stalled: false };
    this.#following.add(following);
    for (const happened of known) this.#tell(following, happened);
  }

  #tellAll(happened: Happened): void {
    for (const following of this.#open()) this.#tell(following, happened);
  }

  #tell(following: Following, { type, object }: Happened): void {
    if (following.stalled || !isIn(object.metadata.namespace, following.namespace)) return;
    const line = `${JSON.stringify({ type, object })}\n`;
    this.#finish(following);
    following.sent.push(line);
    if (this.#dice.next() >= this.failing) return following.watch.raw(line);
    this.#note('watch: an event in two parts');
    const bytes = Buffer.from(line);
    const at = this.#dice.below(bytes.length);
    following.watch.raw(bytes.subarray(0, at));
    following.rest = bytes.subarray(at);
  }

  #finish(following: Following): void {
    if (following.rest !== undefined) following.watch.raw(following.rest);
    following.rest = undefined;
  }

  #note(what: string): void {
    this.befell.add(what);
  }
}

const isIn = (namespace: string | undefined, asked: string | undefined): boolean =>
  asked === undefined || namespace === asked;

function namespaceOf({ request }: Exchange): string | undefined {
  return /\/namespaces\/([^/]+)\//.exec(request.path)?.[1];
}
