import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import { verifyTask } from '../../src/api/audit.ts';
import { eventReasons, reasons } from '../../src/api/names.ts';
import { sha256 } from '../builders/parameters.ts';
import { read } from './repository.ts';

const page = read('docs/spec/audit.md');
const block = (language: string): string =>
  new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'su').exec(page)?.[1] ?? '';

const metadata = { name: 'n', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-11-21T10:00:00Z' };
const example: Pick<ApprovalTask, 'spec' | 'status'> = JSON.parse(block('json'));
const responses = example.status?.responses ?? [];
const digests = [example.spec.digest, ...responses.map(({ digest }) => digest), example.status?.auditDigest];

test('docs/spec/audit.md: its example fits, with two records', () => {
  const report = verifyTask({ task: { metadata, ...example } }, sha256);
  expect(report).toMatchObject({ ok: true, records: 2, head: example.status?.auditDigest });
});

/** What the page's script prints for a request, one line for each digest. */
function byHand(request: object): string[] {
  const directory = mkdtempSync(path.join(tmpdir(), 'audit-'));
  try {
    writeFileSync(path.join(directory, 'task.json'), JSON.stringify(request));
    writeFileSync(path.join(directory, 'check.mjs'), block('js'));
    const printed = execFileSync(process.execPath, ['check.mjs'], { cwd: directory, encoding: 'utf8' });
    return printed.trim().split('\n');
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test('docs/spec/audit.md: its script comes to the same, and names what does not fit', () => {
  expect(digests).toHaveLength(4);
  const fits = ['spec: fits', 'record 1: fits', 'record 2: fits', 'auditDigest: fits'];
  expect(byHand(example)).toEqual(fits);
  const edited = responses.map((one, at) => (at === 0 ? { ...one, comment: 'never said' } : one));
  const forged = { ...example, status: { ...example.status, responses: edited } };
  expect(byHand(forged)[1]).toMatch(/^record 1: is 8625\w+, should be \w{64}$/u);
});

test('docs/spec/audit.md names the reason of every Event on an approval', () => {
  const asked = [reasons.waiting, reasons.approved, reasons.rejected, reasons.timedOut, reasons.cancelled];
  const named = [...Object.values(eventReasons), ...asked, reasons.specDrift];
  expect(named.filter((reason) => !page.includes(`\`${reason}\``))).toEqual([]);
});
