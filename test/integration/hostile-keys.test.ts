import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { approvalDecisions, secrets } from '../../src/api/resources.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { FormClient } from '../fakes/form-client.ts';
import { ask, people } from './asking.ts';
import { openGate, type Gate } from './gate.ts';
import { until } from './until.ts';

/** Keys that are taken away, broken or replaced while a real operator runs and links are under way. */

let gate: Gate;
beforeAll(async () => {
  gate = await openGate({ settings: { KEYS_POLL_MS: '100' } });
});
afterAll(async () => gate.close());

const ann = 'ann@example.com';
const secret = 'tekton-approvals-keys';
type Data = Record<string, string>;
const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64');

const readKeys = async (): Promise<Data> =>
  (await gate.read<KubeObject & { data: Data }>(secrets, secret))?.data ?? {};

/** Replaces what is in the Secret; null takes a key out. */
async function changeKeys(data: Record<string, string | null>): Promise<void> {
  await gate.admin.patch(secrets, gate.key(secret), { data }, { type: 'merge' });
}

async function readiness(): Promise<{ status: number; body: string }> {
  const answer = await fetch(`http://127.0.0.1:${gate.settings['PROBES_PORT'] ?? ''}/readyz`);
  return { status: answer.status, body: await answer.text() };
}

async function notReadySaying(words: string): Promise<void> {
  await until(`not ready: ${words}`, async () => {
    const { status, body } = await readiness();
    return status === 503 && body.includes(words);
  });
}

const isReady = async (): Promise<boolean> => (await readiness()).status === 200;

describe('the signing keys', () => {
  it('H37: too short, or deleted: not ready, and the last good ones stay in force; nothing is signed with less', async () => {
    const task = await ask(gate, 'keys-lost', { params: people(ann) });
    const link = await gate.mailedLink(ann, task);
    const good = await readKeys();
    const active = Buffer.from(good['active'] ?? '', 'base64').toString('utf8');
    await changeKeys({ [active]: base64(randomBytes(8)) });
    await notReadySaying('shorter than 32 bytes');
    await changeKeys({ [active]: '' });
    await notReadySaying('shorter than 32 bytes');
    expect((await new FormClient().open(link)).status).toBe(200);
    await gate.admin.delete(secrets, gate.key(secret));
    await notReadySaying('deleted');
    const browser = new FormClient();
    expect((await browser.answer(await browser.open(link), 'approve')).status).toBe(200);
    expect(await gate.read(secrets, secret)).toBeUndefined();
    await gate.create(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: secret },
      type: 'Opaque',
      data: good,
    });
    await until('ready again', isReady);
  });

  it('H4: a link of a key that was removed is the same 404 as an unknown one, and its open form is dead', async () => {
    const task = await ask(gate, 'key-removed', { params: people(ann) });
    const link = await gate.mailedLink(ann, task);
    const browser = new FormClient();
    const form = await browser.open(link);
    const before = await readKeys();
    const active = Buffer.from(before['active'] ?? '', 'base64').toString('utf8');
    await changeKeys({ active: base64('next'), next: base64(randomBytes(32)) });
    await until('both keys in force', async () => {
      const page = await new FormClient().open(link);
      return page.status === 200 && page.body.includes('value="next.');
    });
    await changeKeys({ [active]: null });
    const dead = await until('the link to be dead', async () => {
      const page = await new FormClient().open(link);
      return page.status === 404 && page;
    });
    expect(dead.body).toBe((await new FormClient().open(`${gate.baseUrl}/l/unknown`)).body);
    expect((await browser.answer(form, 'approve')).status).toBe(403);
    const answers = await gate.all<KubeObject & { spec: { taskRef: { uid: string } } }>(approvalDecisions);
    expect(answers.filter(({ spec }) => spec.taskRef.uid === task.metadata.uid)).toEqual([]);
  });
});
