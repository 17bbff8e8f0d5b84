import { describe, expect, it } from 'vitest';
import { approvalTaskSpec } from '../api/approvaltask.ts';
import { someRing } from './fixture.ts';
import { checkMark, markTask, type Markable } from './mark.ts';

const ring = someRing('k1');
const task: Markable = {
  namespace: 'shop',
  name: 'release-approve',
  ownerUid: 'run-1',
  spec: approvalTaskSpec.parse({ approvers: ['alice@example.com'], description: 'Release 2.4' }),
};

describe('the mark of a task', () => {
  it('tells a task of our own making', () => {
    expect(checkMark(ring, task, markTask(ring, task))).toBe(true);
    expect(checkMark(someRing('k2', 'k1'), task, markTask(ring, task))).toBe(true);
  });

  it.each<[string, Partial<Markable>]>([
    ['name', { name: 'payout-approve' }],
    ['namespace', { namespace: 'bank' }],
    ['owner', { ownerUid: 'run-2' }],
    ['list of approvers', { spec: { ...task.spec, approvers: ['mallory@example.com'] } }],
    ['description', { spec: { ...task.spec, description: 'Release 2.5' } }],
  ])('does not fit a task of another %s', (_what, change) => {
    expect(checkMark(ring, { ...task, ...change }, markTask(ring, task))).toBe(false);
  });

  it.each(['', 'x', 'k1.', 'k1.AAAA'])('cannot be guessed: %j', (mark) => {
    expect(checkMark(ring, task, mark)).toBe(false);
  });
});
