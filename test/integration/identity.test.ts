import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, forgedByLink, people, taskRef, write } from './asking.ts';
import { openGate, type Gate } from './gate.ts';

let gate: Gate;
beforeAll(async () => {
  gate = await openGate();
  await gate.allow(
    'people',
    ['alice', 'bob', 'dave'].map((name) => ({ kind: 'User', name })),
  );
});
afterAll(async () => gate.close());

describe('an answer through Kubernetes', () => {
  it('counts for a listed person whom the API server vouches for', async () => {
    const verdict = await gate.answer('alice', await ask(gate, 'listed', { params: people('alice') }), {
      decision: 'approve',
    });
    expect(verdict.status).toMatchObject({ verdict: 'counted' });
  });

  it('of a person who may answer requests but is not listed on this one is refused', async () => {
    const task = await ask(gate, 'not-listed', { params: people('alice') });
    const verdict = await gate.answer('dave', task, { decision: 'approve' });
    expect(verdict.status).toMatchObject({ verdict: 'refused', code: 'notListed' });
    expect((await gate.task(task.metadata.name)).status?.status).toBe('pending');
  });

  it('H38: in somebody else’s name is refused by the API server', async () => {
    const task = await ask(gate, 'forged-name', { params: people('alice') });
    const spec = {
      taskRef: taskRef(task),
      decision: 'approve',
      via: 'kubernetes',
      actor: { kind: 'kubernetes', username: 'alice' },
    };
    await expect(
      write(gate.as('dave'), { namespace: gate.namespace, name: 'forged-name' }, spec),
    ).rejects.toThrow('[P1-username]');
  });

  it('to a request of the same name that is gone is refused', async () => {
    const task = await ask(gate, 'other-uid', { params: people('alice') });
    const gone = { ...task, metadata: { ...task.metadata, uid: 'gone' } };
    const verdict = await gate.answer('alice', gone, { decision: 'approve' });
    expect(verdict.status).toMatchObject({ verdict: 'refused', code: 'wrongTask' });
  });
});

describe('an answer that pretends to come from the form', () => {
  it('H39: is refused by the API server when a person writes it for a colleague', async () => {
    const task = await ask(gate, 'via-link', { params: people('ann@example.com') });
    await expect(
      write(
        gate.as('alice'),
        { namespace: gate.namespace, name: 'via-link' },
        forgedByLink(task, 'ann@example.com'),
      ),
    ).rejects.toThrow('[P1-channel]');
  });
});
