import type { Api } from '../../test/control-plane/api.ts';

/** How many writes the API server has answered, for the kinds that an approval touches. */
export interface WriteCount {
  readonly stored: number;
  readonly refused: number;
}

const kinds = new Set(['customruns', 'approvaltasks', 'approvaldecisions', 'secrets']);
const reads = new Set(['GET', 'LIST', 'WATCH', 'WATCHLIST', 'CONNECT']);
const sample = /^apiserver_request_total\{(?<labels>.*)\} (?<count>\S+)$/gm;

/**
 * Counts by the API server's own metrics, independently of the operator. Dry runs, which are the policy proof, are left
 * out. Only meaningful where nobody else works in the cluster, and where there is one API server.
 */
export async function countWrites(api: Api): Promise<WriteCount> {
  const text = await api.request<string>('GET', '/metrics');
  let stored = 0;
  let refused = 0;
  for (const { groups } of text.matchAll(sample)) {
    const of = (label: string): string =>
      new RegExp(`\\b${label}="([^"]*)"`).exec(groups?.['labels'] ?? '')?.[1] ?? '';
    if (!kinds.has(of('resource')) || reads.has(of('verb')) || of('dry_run') !== '') continue;
    const count = Number(groups?.['count']);
    if (of('code').startsWith('2')) stored += count;
    else refused += count;
  }
  return { stored, refused };
}

/** What was written in between. */
export function between(before: WriteCount, after: WriteCount): WriteCount {
  return { stored: after.stored - before.stored, refused: after.refused - before.refused };
}
