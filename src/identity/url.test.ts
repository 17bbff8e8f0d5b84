import { describe, expect, it } from 'vitest';
import { approvalTaskSpec, type ApprovalTask, type ApprovalTaskStatus } from '../api/approvaltask.ts';
import { timestamp } from '../api/time.ts';
import { start } from '../domain/fixture.ts';
import { someRing } from './fixture.ts';
import { approverHandle, openLink, type LinkClaims } from './link.ts';
import { approvalUrl, linkFor } from './url.ts';

const ring = someRing('k1');
const day = 86_400_000;

function someTask(spec: object, status?: ApprovalTaskStatus): ApprovalTask {
  return {
    metadata: {
      name: 'release-approve',
      namespace: 'shop',
      uid: 'uid-1',
      resourceVersion: '1',
      creationTimestamp: timestamp(start),
    },
    spec: approvalTaskSpec.parse({ approvers: ['ann@example.com'], digest: 'd'.repeat(64), ...spec }),
    ...(status && { status }),
  };
}

function claimsOf(task: ApprovalTask, ttlMs = day, entry = 'ann@example.com'): LinkClaims {
  const link = linkFor({
    ring,
    task,
    recipient: { entry },
    now: start,
    baseUrl: 'https://approvals.example',
    ttlMs,
  });
  const opened = openLink(ring, link.slice(link.lastIndexOf('/') + 1), start);
  if (opened.kind !== 'valid') throw new Error(opened.kind);
  return opened.claims;
}

describe('the personal link of an approver', () => {
  it('lies under the configured address and binds task, approver, generation and what was shown', () => {
    const task = someTask({}, { linkGeneration: 3 });
    const link = linkFor({
      ring,
      task,
      recipient: { entry: 'ann@example.com' },
      now: start,
      baseUrl: 'https://approvals.example/base',
      ttlMs: day,
    });
    expect(link).toMatch(/^https:\/\/approvals\.example\/base\/l\/v1\.k1\.[\w-]+\.[\w-]+$/);
    expect(claimsOf(task)).toEqual({
      taskUid: 'uid-1',
      namespace: 'shop',
      name: 'release-approve',
      approver: approverHandle(ring, 'k1', { taskUid: 'uid-1', entry: 'ann@example.com' }),
      purpose: 'decide',
      expiresAt: start + day,
      linkGeneration: 3,
      digest: 'd'.repeat(64),
    });
  });

  it('only shows a request that needs more than a link (link-9)', () => {
    const task = someTask({});
    const options = {
      ring,
      task,
      recipient: { entry: 'ann@example.com' },
      now: start,
      baseUrl: 'https://approvals.example',
      ttlMs: day,
    };
    const link = linkFor({ ...options, minAssurance: 'kubernetes' });
    const opened = openLink(ring, link.slice(link.lastIndexOf('/') + 1), start);
    expect(opened).toMatchObject({ kind: 'valid', claims: { purpose: 'view' } });
  });

  it.each([
    { until: 'the deadline, where that comes first', deadline: 3_600_000, ttl: day, expected: 3_600_000 },
    { until: 'the setting, where that comes first', deadline: 2 * day, ttl: day, expected: day },
    { until: 'the setting, where there is no deadline', ttl: day, expected: day },
    { until: '7 days at most, whatever the setting says', ttl: 30 * day, expected: 7 * day },
    { until: '7 days at most, however late', deadline: 30 * day, ttl: 30 * day, expected: 7 * day },
  ])('link-5: lives until $until', ({ deadline, ttl, expected }) => {
    const status = deadline === undefined ? {} : { deadline: timestamp(start + deadline) };
    expect(claimsOf(someTask({}, status), ttl).expiresAt).toBe(start + expected);
  });

  it('only shows a four-eyes request where a whole group shares it', () => {
    const ofGroup = someTask({ strategy: 'FOUR_EYES', groups: ['ops@example.com'] });
    expect(claimsOf(ofGroup, day, 'ops@example.com').purpose).toBe('view');
    const ofPeople = someTask({ strategy: 'FOUR_EYES', approvers: ['ann@example.com', 'bob@example.com'] });
    expect(claimsOf(ofPeople).purpose).toBe('decide');
    const single = someTask({ groups: ['ops@example.com'] });
    expect(claimsOf(single, day, 'ops@example.com').purpose).toBe('decide');
  });
});

describe('the address of a task', () => {
  it('holds no secret', () => {
    expect(approvalUrl('https://approvals.example', 'shop', 'release-approve')).toBe(
      'https://approvals.example/a/shop/release-approve',
    );
  });
});
