/** One line of what Prometheus is given. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Reads the text format of Prometheus. Throws on a line that is none of it. */
function samplesOf(text: string): readonly Sample[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const [, name, labels = '', value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new Error(`not a line of metrics: ${line}`);
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
    const number = value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value);
    return { name, labels: Object.fromEntries(pairs.map(([, label, held]) => [label, held])), value: number };
  });
}

/** What one scrape showed. */
export class Scraped {
  readonly text: string;
  readonly samples: readonly Sample[];

  constructor(text: string) {
    this.text = text;
    this.samples = samplesOf(text);
  }

  /** The sum over all series of that name, without its prefix, that have these labels; undefined where there is none. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    const found = this.samples.filter(
      (sample) =>
        sample.name === `tekton_approvals_${name}` &&
        Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
    );
    return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
  }
}

/** Asks the operator that listens on this port of loopback. */
export async function scrape(port: number | string): Promise<Scraped> {
  const answer = await fetch(`http://127.0.0.1:${String(port)}/metrics`);
  if (answer.status !== 200) throw new Error(`/metrics answered ${String(answer.status)}`);
  return new Scraped(await answer.text());
}
