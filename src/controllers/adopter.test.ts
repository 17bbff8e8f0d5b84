import { describe, expect, test } from 'vitest';
import { pipelineRuns } from '../api/resources.ts';
import type { PipelineRun } from '../api/tekton.ts';
import { timestamp } from '../api/time.ts';
import { start } from '../domain/fixture.ts';
import { adopterOf } from './adopter.ts';
import { FakeCluster } from './fake-cluster.ts';

const running = (name: string, more: Partial<PipelineRun> = {}): PipelineRun => ({
  metadata: {
    name,
    namespace: 'shop',
    uid: `uid-of-${name}`,
    resourceVersion: '1',
    creationTimestamp: timestamp(start),
  },
  ...more,
});
const withSteps = (...names: string[]): Partial<PipelineRun> => ({
  status: {
    pipelineSpec: { tasks: names.slice(1).map((name) => ({ name })), finally: [{ name: names[0] ?? '' }] },
  },
});
const ended: Partial<PipelineRun> = { status: { conditions: [{ type: 'Succeeded', status: 'True' }] } };

/** Who would take a run of that name, made for PipelineRun `rel`, of these PipelineRuns. */
function adopter(name: string, ...others: PipelineRun[]): string | undefined {
  const cluster = new FakeCluster();
  const { caches } = cluster.context();
  for (const one of [running('rel'), ...others]) cluster.put(pipelineRuns, one);
  const found = adopterOf(caches, running(name), 'uid-of-rel');
  return found && `${found.pipelineRun.metadata.name}${found.isCertain ? '' : ', perhaps'}`;
}

describe('a run is taken by another PipelineRun', () => {
  test.each<[string, string, PipelineRun]>([
    [
      'that has a step of the rest of its name',
      'rel-x-approve',
      running('rel-x', withSteps('approve', 'build')),
    ],
    ['whose finally task is called so', 'rel-x-approve', running('rel-x', withSteps('build', 'approve'))],
    ['whose step is one of a matrix', 'rel-x-approve-2', running('rel-x', withSteps('approve', 'build'))],
  ])('%s', (_, name, other) => {
    expect(adopter(name, other)).toBe('rel-x');
  });

  test('that is pending, and may have any step', () => {
    expect(adopter('rel-x-approve', running('rel-x', { spec: { status: 'PipelineRunPending' } }))).toBe(
      'rel-x',
    );
  });

  test('perhaps, where Tekton has not noted its steps yet', () => {
    expect(adopter('rel-x-approve', running('rel-x'))).toBe('rel-x, perhaps');
  });

  test('of several, by the one of which that is certain', () => {
    const others = [running('rel-x-y'), running('rel-x', withSteps('y-approve', 'build'))];
    expect(adopter('rel-x-y-approve', ...others)).toBe('rel-x');
  });
});

describe('a run is taken by nobody', () => {
  test.each<[string, string, PipelineRun]>([
    ['where only its own PipelineRun has such a name', 'rel-approve', running('else')],
    ['where the other has no such step', 'rel-x-approve', running('rel-x', withSteps('build', 'deploy'))],
    ['where the other has ended', 'rel-x-approve', running('rel-x', ended)],
    ['where the names meet at no hyphen', 'rel-xapprove', running('rel-x')],
  ])('%s', (_, name, other) => {
    expect(adopter(name, other)).toBeUndefined();
  });

  test('where the other is being deleted', () => {
    const going = running('rel-x');
    going.metadata.deletionTimestamp = timestamp(start);
    expect(adopter('rel-x-approve', going)).toBeUndefined();
  });
});
