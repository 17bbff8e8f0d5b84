import { describe, expect, it, test } from 'vitest';
import { catalogue } from './catalogue.ts';
import type { Description } from './description.ts';
import { processRegistry } from './process.ts';

const all: readonly (readonly [string, Description])[] = catalogue.flatMap(({ metrics }) =>
  Object.values(metrics).map((metric) => [metric.name, metric] as const),
);

/** Every label there is. Another one needs a thought: who decides its values, and how many can there be? */
const labels = [
  'cause',
  'channel',
  'code',
  'controller',
  'kind',
  'method',
  'outcome',
  'queue',
  'reason',
  'resource',
  'result',
  'route',
  'state',
  'status',
  'strategy',
  'verb',
  'verdict',
  'version',
  'via',
];
/** Those whose values are not known beforehand: fixed by the code that names them, or by HTTP. */
const open = ['code', 'resource', 'route', 'status', 'version'];

describe('the catalogue of metrics', () => {
  it('has each name once', () => {
    expect(new Set(all.map(([name]) => name)).size).toBe(all.length);
  });

  it('has no label but those that were thought about', () => {
    const used = new Set(all.flatMap(([, metric]) => Object.keys(metric.labels)));
    expect([...used].toSorted()).toEqual(labels);
  });

  it('lists the values of every label but those of the code and of HTTP', () => {
    const notListed = all.flatMap(([, metric]) =>
      Object.entries(metric.labels).flatMap(([label, values]) => (typeof values === 'string' ? [label] : [])),
    );
    expect([...new Set(notListed)].toSorted()).toEqual(open);
  });

  it('stays small: no metric whose labels are listed has more than a hundred series', () => {
    const sizes = all.map(([name, metric]) => {
      const values = Object.values(metric.labels).map((one) => (typeof one === 'string' ? 1 : one.length));
      return { name, series: values.reduce((product, count) => product * count, 1) };
    });
    expect(sizes.filter(({ series }) => series > 100)).toEqual([]);
  });
});

describe.each(all)('%s', (name, metric) => {
  it('is named as Prometheus asks', () => {
    expect(name).toMatch(/^[a-z]+(?:_[a-z]+)*$/);
    expect(name.endsWith('_total')).toBe(metric.type === 'counter');
    expect(name).not.toMatch(/_(?:count|sum|bucket|ms|millis|milliseconds|minutes)$/);
    if (metric.type === 'histogram') expect(name).toMatch(/_seconds$/);
  });

  it('says in sentences what it is and what to do', () => {
    expect(metric.help).toMatch(/^[^\n]+\.$/);
    expect(metric.advice).toMatch(/^[^\n]+\.$/);
  });

  it('has rising buckets if it is a histogram, and only then', () => {
    const buckets = [...(metric.buckets ?? [])];
    expect(buckets.length > 0).toBe(metric.type === 'histogram');
    expect(buckets).toEqual([...new Set(buckets)].toSorted((a, b) => a - b));
  });
});

test.each([
  'process_cpu_seconds_total',
  'process_resident_memory_bytes',
  'process_start_time_seconds',
  'process_open_fds',
  'nodejs_heap_size_used_bytes',
  'nodejs_gc_duration_seconds',
  'nodejs_version_info',
])('the library adds %s, as the page says', async (name) => {
  expect(await processRegistry().metrics()).toContain(`# TYPE ${name} `);
});

test('the library does not add its measure of the event loop, which every scrape begins anew', async () => {
  expect(await processRegistry().metrics()).not.toContain('eventloop_lag');
});
