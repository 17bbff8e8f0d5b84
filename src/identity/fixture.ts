/** Builders for the tests of this folder and of its callers. A test says only what it is about. */
import { createHash } from 'node:crypto';
import type { ApprovalDecisionSpec } from '../api/approvaldecision.ts';
import { start } from '../domain/fixture.ts';
import type { KeyRing } from './keyring.ts';
import type { LinkClaims } from './link.ts';

/** A ring of keys with these ids, the first of which signs. The same id is always the same key. */
export function someRing(...kids: readonly [string, ...string[]]): KeyRing {
  return { active: kids[0], keys: new Map(kids.map((kid) => [kid, keyNamed(kid)])) };
}

export function keyNamed(kid: string): Buffer {
  return createHash('sha256').update(`test key ${kid}`).digest();
}

export function someClaims(claims: Partial<LinkClaims> = {}): LinkClaims {
  return {
    taskUid: '7d0f2a54-0001-4000-8000-000000000001',
    namespace: 'shop',
    name: 'release-approve',
    approver: 'aaaaaaaaaaaaaaaaaaaaaa',
    purpose: 'decide',
    expiresAt: start + 3_600_000,
    linkGeneration: 1,
    digest: 'a'.repeat(64),
    ...claims,
  };
}

export function someDecision(spec: Partial<ApprovalDecisionSpec> = {}): ApprovalDecisionSpec {
  return {
    taskRef: { name: 'release-approve', uid: '7d0f2a54-0001-4000-8000-000000000001' },
    attempt: 1,
    decision: 'approve',
    comment: 'go',
    via: 'link',
    actor: { kind: 'link', issuer: '', username: 'alice@example.com', groups: [] },
    approver: 'alice@example.com',
    assurance: 'link',
    ...spec,
  };
}
