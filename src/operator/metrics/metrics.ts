import { Registry } from '@prometheus-io/client';
import type { Logger } from 'pino';
import type { Telemetry } from '../../controllers/telemetry.ts';
import type { RequestReport } from '../../kube/call.ts';
import type { Provider } from '../../notify/provider.ts';
import type { Answered } from '../../web/context.ts';
import { watchEventLoop } from './eventloop.ts';
import { Instruments } from './instrument.ts';
import { processes } from './plumbing.ts';
import { processRegistry } from './process.ts';
import { watchBacklog, watchParts, type Sources } from './seen.ts';
import type { Scrape } from './server.ts';
import {
  countAttempts,
  countPages,
  countRequests,
  countRestarts,
  createTelemetry,
  type Noted,
} from './told.ts';

/**
 * Counts what the parts of the operator tell of, and looks at them when it is asked. The parts know nothing but hooks
 * of their own.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #make: Instruments;
  readonly #noted: Noted = {
    queues: new Map(),
    provenAt: 0,
    namespaces: { holds: 0, broken: 0, unknown: 0 },
  };
  #lookAnew = (): void => undefined;
  /** For the controllers. */
  readonly telemetry: Telemetry;
  /** To be told of every call to the API server. */
  readonly onRequest: (report: RequestReport) => void;
  /** To be told of every watch that begins anew: its kind, and what the reflector says of it. */
  readonly onRestart: (kind: string, why: string) => void;
  /** To be told of every request that the pages answered. */
  readonly onAnswered: (answered: Answered) => void;
  /** The same provider, with its attempts counted. */
  readonly counted: (provider: Provider) => Provider;

  constructor(log: Logger) {
    this.#make = new Instruments(this.#registry, (metric, error) =>
      log.warn({ err: error, metric }, 'a metric could not be read'),
    );
    this.telemetry = createTelemetry(this.#make, this.#noted);
    this.onRequest = countRequests(this.#make);
    this.onRestart = countRestarts(this.#make);
    this.onAnswered = countPages(this.#make);
    this.counted = countAttempts(this.#make);
  }

  /** Whether objects wait to be reconciled right now. */
  get isBusy(): boolean {
    return [...this.#noted.queues.values()].some(({ depth }) => depth > 0);
  }

  /** What to look at besides. To be called once. */
  watch(sources: Sources): void {
    watchParts(this.#make, this.#noted, sources);
    this.#lookAnew = watchBacklog(this.#make, sources);
  }

  /** Begins to measure the event loop; what is returned ends it. */
  measureEventLoop(): () => void {
    const observe = this.#make.histogram(processes.metrics.eventLoop);
    return watchEventLoop((seconds) => observe({}, seconds));
  }

  /** All metrics, those of the process included. Needs no answer of the API server. */
  get scrape(): Scrape {
    return {
      contentType: this.#registry.contentType,
      text: async () => {
        this.#lookAnew();
        return (await this.#registry.metrics()) + (await processRegistry().metrics());
      },
    };
  }
}
