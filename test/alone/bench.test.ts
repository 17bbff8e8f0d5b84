import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { namespaces } from '../../src/api/resources.ts';
import { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import type { Result } from '../../tools/bench/result.ts';
import { budgets } from '../../tools/bench/table.ts';
import { clusterRoleBindings } from '../builders/resources.ts';
import { until } from '../integration/until.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bench-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

const { kubeconfig, users } = inject('controlPlane');
const admin = KubeClient.load(kubeconfig);
const administers = {
  metadata: { name: 'bench-test' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
  subjects: [{ kind: 'User', name: 'dave' }],
};

// Whoever starts it administers the cluster, but has not broken the glass, as the tests' own admin has.
beforeAll(async () => admin.create(clusterRoleBindings, administers));
afterAll(async () => {
  // Whoever serves every namespace would otherwise meet what is still being deleted.
  await until('its namespaces to be gone', async () => (await ownNamespaces()).length === 0);
  await admin.delete(clusterRoleBindings, administers.metadata.name);
  await admin.close();
});

async function ownNamespaces(): Promise<KubeObject[]> {
  const { items } = await admin.list(namespaces);
  return items.filter(({ metadata }) => metadata.name.startsWith('bench-'));
}

/** The benchmark as its user starts it, on the control plane of the tests. */
async function bench(...args: string[]): Promise<Ended> {
  const given = ['tools/bench/main.ts', '--kubeconfig', users.dave, ...args];
  const child = spawn(process.execPath, given, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { code, output };
}

describe('the benchmark, small', () => {
  const file = join(folder, 'result.json');
  let ended: Ended;
  let result: Result;

  beforeAll(async () => {
    ended = await bench('--small', '--json', file);
    if (ended.code === 0) result = JSON.parse(readFileSync(file, 'utf8'));
  });

  it('ends well, whatever its figures are', () => {
    expect(ended.code, ended.output).toBe(0);
  });

  it('measures every budget, each figure a number', () => {
    expect(result.rows.map(({ id }) => id)).toEqual(budgets.map(({ id }) => id));
    for (const { id, limits, measured } of result.rows) {
      expect(measured, id).toHaveLength(limits.length);
      expect(
        measured.every((value) => Number.isFinite(value) && value >= 0),
        id,
      ).toBe(true);
    }
  });

  it('measures the floor in the same run', () => {
    const withFloor = result.rows.filter(({ floorMeasured }) => floorMeasured !== undefined);
    expect(withFloor.map(({ id }) => id)).toEqual(['decidable', 'done', 'burst', 'cpu', 'memory-idle']);
  });

  it('says on what machine, what each block used, and prints a line for each budget', () => {
    expect(result.machine).toMatchObject({ node: process.version });
    expect(result.blocks.length).toBeGreaterThan(5);
    for (const { what } of budgets) expect(ended.output).toContain(what);
  });

  it('says what it takes to tell each kind of channel', () => {
    const notes = result.notes.join('\n');
    for (const way of ['Slack, by webhook', 'Teams', 'Webhook, signed'])
      expect(notes).toMatch(new RegExp(`^${way}: .* told after [0-9.]+ s .* writes\\.$`, 'mu'));
    expect(notes).toMatch(
      /^API writes of an approval with the mail that asks and the one about the end: [0-9.]+;/mu,
    );
  });

  it('leaves no namespace behind', async () => {
    const left = (await ownNamespaces()).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    expect(left.map(({ metadata }) => metadata.name)).toEqual([]);
  });
});

describe('the options of the benchmark', () => {
  it('measure some rows only, and are content where these hold', async () => {
    const { code, output } = await bench('--rows', '^bundle$', '--strict');
    expect(code, output).toBe(0);
    expect(output).toContain('size of the bundle');
    expect(output).not.toContain('CPU per approval');
  });

  it('refuse a pattern that names no row', async () => {
    expect(await bench('--rows', 'no-such-row')).toEqual({ code: 1, output: 'no row matches no-such-row\n' });
  });
});
