import { Counter, Gauge, Histogram, type Registry } from '@prometheus-io/client';
import { prefix, type Description } from './description.ts';

type OfType<T extends Description['type']> = Description & { readonly type: T };

/** A value for each label of a metric; only those that are described, where they are. */
export type Labels<D extends Description> = {
  readonly [L in keyof D['labels']]: D['labels'][L] extends readonly (infer V)[] ? V : string;
};

/** What the library takes for labels. */
type Plain = Record<string, string>;

/** Makes metrics as they are described, in one registry. */
export class Instruments {
  readonly #registry: Registry;
  readonly #onError: (metric: string, error: unknown) => void;

  /** `onError` is told of a gauge that could not be read; it is left out then, and all others are there. */
  constructor(registry: Registry, onError: (metric: string, error: unknown) => void) {
    this.#registry = registry;
    this.#onError = onError;
  }

  counter<D extends OfType<'counter'>>(described: D): (labels: Labels<D>) => void {
    const counter = new Counter<string>(this.#common(described));
    for (const labels of startingPoints(described)) counter.inc(labels, 0);
    return (labels) => counter.inc(plain(labels));
  }

  /** What is made takes seconds. */
  histogram<D extends OfType<'histogram'>>(described: D): (labels: Labels<D>, seconds: number) => void {
    const buckets = [...(described.buckets ?? [])];
    const histogram = new Histogram<string>({ ...this.#common(described), buckets });
    for (const labels of startingPoints(described)) histogram.zero(labels);
    return (labels, seconds) => histogram.observe(plain(labels), seconds);
  }

  /** A gauge whose values, all of them, are found out each time that it is read. */
  gauge<D extends OfType<'gauge'>>(described: D, read: () => Iterable<readonly [Labels<D>, number]>): void {
    const collect = (): void => {
      gauge.reset();
      try {
        for (const [labels, value] of read()) gauge.set(plain(labels), value);
      } catch (error) {
        // Without labels the library begins with 0, which nobody has read.
        if (Object.keys(described.labels).length === 0) gauge.remove({});
        this.#onError(described.name, error);
      }
    };
    const gauge = new Gauge<string>({ ...this.#common(described), collect });
  }

  #common({ name, help, labels }: Description): {
    name: string;
    help: string;
    labelNames: string[];
    registers: Registry[];
  } {
    return { name: prefix + name, help, labelNames: Object.keys(labels), registers: [this.#registry] };
  }
}

function plain(labels: object): Plain {
  // Every label's type is text.
  return labels as Plain;
}

/** Every combination of the described values, where they are to be there from the start. */
function startingPoints({ labels, fromZero }: Description): Plain[] {
  if (fromZero === undefined) return [];
  return Object.entries(labels).reduce<Plain[]>(
    (points, [label, values]) => {
      if (typeof values === 'string')
        throw new TypeError(`label ${label} has no list of values to start with`);
      return points.flatMap((point) => values.map((value) => ({ ...point, [label]: value })));
    },
    [{}],
  );
}
