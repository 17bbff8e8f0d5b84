import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { json, refuse } from '../../test/faults/scripted-api-server.ts';
import { complete } from './candidates.ts';
import { Paper, requestOf, settled } from './fixture.ts';
import { ScriptedCluster, tasksPath } from './scripted.ts';

let cluster: ScriptedCluster;
beforeEach(async () => {
  cluster = await ScriptedCluster.start();
  const items = [
    requestOf({ name: 'one' }),
    requestOf({ name: 'two', spec: { pipeline: 'a\u001b[31m\tb' } }),
    requestOf({ name: 'over', status: settled('approved') }),
  ];
  cluster.routes.push([
    `GET ${tasksPath}`,
    json({ kind: 'List', items, metadata: { resourceVersion: '1' } }),
  ]);
});
afterEach(async () => cluster.close());

/** What could stand where the last word is. */
async function after(...words: string[]): Promise<string[]> {
  const terminal = new Paper();
  expect(await complete(words, terminal)).toBe(0);
  const lines = terminal.written.out.trimEnd().split('\n');
  expect(lines.pop()).toBe(':4');
  return lines;
}

const valuesOf = (lines: string[]): string[] => lines.map((line) => line.split('\t')[0] ?? '');

describe('what could follow', () => {
  it('is a command', async () => {
    expect(valuesOf(await after(''))).toEqual(expect.arrayContaining(['list', 'approve', 'verify']));
    expect(await after('app')).toEqual(['approve\tapprove requests']);
    expect(valuesOf(await after('help', 're'))).toEqual(['reject']);
    expect(valuesOf(await after('completion', ''))).toEqual(['bash', 'zsh', 'fish']);
  });

  it('is a flag of the command, or a format', async () => {
    expect(valuesOf(await after('approve', '--m'))).toEqual(['--message']);
    expect(valuesOf(await after('list', '--all'))).toEqual(['--all-namespaces', '--all']);
    expect(valuesOf(await after('list', '-o', ''))).toEqual(['json', 'yaml', 'wide', 'name']);
  });

  it('is a request that waits, and was not named yet', async () => {
    const place = ['-n', 'shop', '--kubeconfig', cluster.kubeconfig];
    expect(await after(...place, 'approve', '')).toEqual(['one\tdeploy', 'two\ta□[31m□b']);
    expect(valuesOf(await after('approve', ...place, 'one', ''))).toEqual(['two']);
    expect(valuesOf(await after('describe', ...place, 't'))).toEqual(['two']);
    expect(await after('describe', ...place, 'one', '')).toEqual([]);
  });

  it('is nothing, and no error, where the cluster cannot be asked', async () => {
    cluster.routes.unshift([`GET ${tasksPath}`, refuse(403, 'Forbidden')]);
    expect(await after('approve', '-n', 'shop', '--kubeconfig', cluster.kubeconfig, '')).toEqual([]);
    expect(await after('approve', '--kubeconfig', '/nowhere', '')).toEqual([]);
    expect(await after('nope', '')).toEqual([]);
  });
});
