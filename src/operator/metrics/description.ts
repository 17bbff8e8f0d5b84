/** What the name of every metric of ours begins with. */
export const prefix = 'tekton_approvals_';

/** Everything that is known about one metric: the registry and docs/metrics.md are both made from it. */
export interface Description {
  /** Without the prefix. */
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /**
   * Each label with its values, or with a sentence where they are not known beforehand. Either way few, and the same
   * for every tenant: no label holds a run, a namespace, a person, an address or a token.
   */
  readonly labels: Readonly<Record<string, readonly string[] | string>>;
  /** What it says, as a sentence. */
  readonly help: string;
  /** What to do about it. */
  readonly advice: string;
  /** Of a histogram, in seconds. */
  readonly buckets?: readonly number[];
  /** Every combination of its labels is there from the start, so that the first event is seen as a rise from 0. */
  readonly fromZero?: true;
}

/** Metrics that belong together on the page. */
export interface Group {
  readonly title: string;
  readonly metrics: Readonly<Record<string, Description>>;
}
