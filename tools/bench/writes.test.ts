import { expect, test } from 'vitest';
import type { Api } from '../../test/control-plane/api.ts';
import { between, countWrites } from './writes.ts';

const line = (labels: Record<string, string>, count: number): string => {
  const all = { code: '200', dry_run: '', resource: 'approvaltasks', verb: 'PATCH', ...labels };
  const text = Object.entries(all).map(([name, value]) => `${name}="${value}"`);
  return `apiserver_request_total{${text.join(',')}} ${String(count)}`;
};

/** An API server that shows these metrics. */
const serving = (...lines: string[]): Api =>
  // Only what is called.
  ({ request: async () => [...lines, 'apiserver_request_total_other 7'].join('\n') }) as unknown as Api;

test.each<[string, string, { stored: number; refused: number }]>([
  ['a merge patch', line({}, 3), { stored: 3, refused: 0 }],
  ['a server-side apply', line({ verb: 'APPLY', subresource: 'status' }, 3), { stored: 3, refused: 0 }],
  ['a create', line({ verb: 'POST', code: '201', resource: 'customruns' }, 3), { stored: 3, refused: 0 }],
  ['a delete', line({ verb: 'DELETE', resource: 'approvaldecisions' }, 3), { stored: 3, refused: 0 }],
  ['a conflict', line({ code: '409' }, 2), { stored: 0, refused: 2 }],
  ['what admission refused', line({ code: '422' }, 2), { stored: 0, refused: 2 }],
  ['a dry run', line({ dry_run: 'All', code: '422' }, 2), { stored: 0, refused: 0 }],
  ['a read', line({ verb: 'LIST' }, 2), { stored: 0, refused: 0 }],
  ['an Event', line({ verb: 'POST', resource: 'events' }, 2), { stored: 0, refused: 0 }],
  ['the Lease', line({ resource: 'leases' }, 2), { stored: 0, refused: 0 }],
])('%s counts as what it is', async (_, metrics, expected) => {
  expect(await countWrites(serving(metrics))).toEqual(expected);
});

test('what was written in between is the difference', async () => {
  const before = await countWrites(serving(line({}, 3)));
  const after = await countWrites(serving(line({}, 5), line({ code: '409' }, 1)));
  expect(between(before, after)).toEqual({ stored: 2, refused: 1 });
});
