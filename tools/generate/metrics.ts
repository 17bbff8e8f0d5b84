import { dump } from 'js-yaml';
import { catalogue } from '../../src/operator/metrics/catalogue.ts';
import { prefix, type Description } from '../../src/operator/metrics/description.ts';
import { alerts, type Alert } from './alerts.ts';
import { table } from './block.ts';

const opening = `# Metrics

Generated from \`src/operator/metrics\` by \`npm run generate\`. Do not edit.

Every replica answers \`GET /metrics\` on port 8092 in the text format of Prometheus, also while the API server is away.
The settings \`metrics.enabled\`, \`metrics.host\` and \`metrics.port\` change that.

- No label holds a run, a namespace, a person, an address, a comment or a token, so the number of series does not grow
  with what goes on, and whoever reads them learns how many, never who.
- What waits is seen by every replica: take \`max\`. What is counted is counted by the replica that did it: take \`sum\`.
- A request is counted as settled by the leader whose status write settled it, when that write went through. A restart,
  a new leader or a further look does not count it again. Where the answer to that very write was lost it is not counted:
  for an audit ask the objects, not the metrics.
- Counters begin at 0 with each start of a process, as \`rate\` and \`increase\` expect.

## Scraping

With the Prometheus operator, each replica by itself:

\`\`\`yaml
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata:
  name: tekton-approvals
  namespace: tekton-approvals
spec:
  selector:
    matchLabels:
      app.kubernetes.io/name: tekton-approvals
  podMetricsEndpoints:
    - port: metrics
\`\`\`

The Service leads to the form only: behind it one would see a random replica. Whoever can reach the port can read; a
NetworkPolicy can leave it to Prometheus alone.
`;

const libraryPart = `## Of the runtime

The client library adds what Prometheus expects of every process, under the usual names: \`process_cpu_seconds_total\`,
\`process_resident_memory_bytes\`, \`process_start_time_seconds\`, \`process_open_fds\`, \`nodejs_heap_size_used_bytes\`,
\`nodejs_gc_duration_seconds\`, \`nodejs_version_info\` and some more of these two families.
`;

const alertsPart = `## Alerts

Rules to begin with; the times are for a team that is asked by day. They name only what stands above.
`;

/** docs/metrics.md. */
export function metricsPage(): string {
  const groups = catalogue.map(
    ({ title, metrics }) => `## ${title}\n\n${metricsTable(Object.values(metrics))}`,
  );
  const labels = `## Labels\n\n${labelsTable()}`;
  const rules = `\`\`\`yaml\n${dump(ruleFile(), { lineWidth: -1 })}\`\`\`\n`;
  return [opening, ...groups, labels, libraryPart, alertsPart, rules].join('\n');
}

function metricsTable(metrics: readonly Description[]): string {
  const rows = metrics.map(({ name, type, labels, help, advice }) => [
    code(prefix + name),
    type,
    Object.keys(labels).map(code).join(' '),
    help,
    advice,
  ]);
  return table([['Metric', 'Type', 'Labels', 'Meaning', 'What to do'], ...rows]);
}

/** One row for each label with its values, and the metrics that have it so. */
function labelsTable(): string {
  const rows = new Map<string, { cells: [string, string]; metrics: string[] }>();
  for (const { name, labels } of catalogue.flatMap(({ metrics }) => Object.values(metrics))) {
    for (const [label, values] of Object.entries(labels)) {
      const cells: [string, string] = [
        code(label),
        typeof values === 'string' ? values : values.map(code).join(' '),
      ];
      const row = rows.get(cells.join()) ?? { cells, metrics: [] };
      rows.set(cells.join(), row);
      row.metrics.push(code(name));
    }
  }
  const body = [...rows.values()].map(({ cells, metrics }) => [...cells, metrics.join(' ')]);
  return table([['Label', 'Values', 'Of'], ...body]);
}

function code(text: string): string {
  return `\`${text}\``;
}

function ruleFile(): object {
  return { groups: [{ name: 'tekton-approvals', rules: alerts.map(rule) }] };
}

function rule({ alert, expr, for: lasting, severity, summary }: Alert): object {
  return { alert, expr, for: lasting, labels: { severity }, annotations: { summary } };
}
