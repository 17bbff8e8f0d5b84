import { describe, expect, it } from 'vitest';
import { catalogue } from '../../src/operator/metrics/catalogue.ts';
import { prefix, type Description } from '../../src/operator/metrics/description.ts';
import { alerts } from './alerts.ts';

const described = new Map<string, Description>(
  catalogue.flatMap(({ metrics }) => Object.values(metrics).map((metric) => [metric.name, metric] as const)),
);

interface Named {
  readonly metric: Description;
  readonly suffix: string;
}

/** The metric that a series belongs to: a histogram has three kinds of them. */
function metricOf(series: string): Named | undefined {
  const name = series.slice(prefix.length);
  const plain = described.get(name);
  if (plain !== undefined) return plain.type === 'histogram' ? undefined : { metric: plain, suffix: '' };
  const [, base = '', suffix = ''] = /^(.*)_(bucket|sum|count)$/.exec(name) ?? [];
  const metric = described.get(base);
  return metric?.type === 'histogram' ? { metric, suffix } : undefined;
}

/** What an expression asks for: series with the labels in their braces. */
function seriesOf(expr: string): { series: string; matchers: { label: string; value: string }[] }[] {
  return [...expr.matchAll(/\b(tekton_approvals_\w+)(?:\{([^}]*)\})?/g)].map(
    ([, series = '', inside = '']) => ({
      series,
      matchers: [...inside.matchAll(/(\w+)(?:=~|!=|!~|=)"([^"]*)"/g)].map(([, label = '', value = '']) => ({
        label,
        value,
      })),
    }),
  );
}

const labelsBy = (expr: string): string[] =>
  [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, names = '']) =>
    names.split(',').map((name) => name.trim()),
  );

describe.each(alerts.map((alert) => [alert.alert, alert] as const))('%s', (_, { expr, summary }) => {
  const asked = seriesOf(expr);

  it('names metrics that exist, and of a histogram its parts', () => {
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter(({ series }) => metricOf(series) === undefined)).toEqual([]);
  });

  it('names labels that they have, with values that they can have', () => {
    for (const { series, matchers } of asked) {
      const { metric, suffix } = metricOf(series) ?? {};
      const has = [...Object.keys(metric?.labels ?? {}), ...(suffix === 'bucket' ? ['le'] : [])];
      expect(labelsBy(expr).filter((label) => !has.includes(label))).toEqual([]);
      for (const { label, value } of matchers) {
        const values = metric?.labels[label];
        expect(values, `${series} has no label ${label}`).toBeDefined();
        if (typeof values !== 'string') expect(values).toContain(value);
      }
    }
  });

  it('takes rates of counters and parts of histograms only, and of those always', () => {
    for (const { series } of asked) {
      const { metric } = metricOf(series) ?? {};
      const rated = new RegExp(`\\b(?:rate|increase)\\(${series}\\b`).test(expr);
      expect(rated).toBe(metric?.type !== 'gauge');
    }
  });

  it('has balanced brackets and a sentence for whoever is woken', () => {
    for (const [opens, closes] of [
      ['(', ')'],
      ['{', '}'],
      ['[', ']'],
    ] as const)
      expect(expr.split(opens).length).toBe(expr.split(closes).length);
    expect(summary).toMatch(/\.$/);
  });
});

it('each alert has a name of its own', () => {
  expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
});
