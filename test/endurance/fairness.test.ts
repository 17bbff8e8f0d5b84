import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pino } from 'pino';
import type { CustomRun } from '../../src/api/tekton.ts';
import { keepCustomRun } from '../../src/controllers/caches.ts';
import { customRuns } from '../../src/api/resources.ts';
import { Reflector } from '../../src/kube/reflector.ts';
import { openGate, type Gate } from '../integration/gate.ts';
import { until } from '../integration/until.ts';
import { sized } from '../tier.ts';
import { Crowd, namesOf } from './crowd.ts';
import { Replica } from './replica.ts';

/** What one team does, or one server fails to do, must not be felt by others. */

const manyGates = sized({ short: 400, long: 5_000 });
/** Keys that are reconciled at a time, and mails that are sent at a time, by default: no turn waits for more. */
const underWay = { keys: 16, mails: 5 };

let gate: Gate;
let replica: Replica | undefined;
let cleanups: (() => Promise<void>)[];
beforeEach(() => {
  cleanups = [];
  replica = undefined;
});
afterEach(async () => {
  await replica?.kill();
  for (const cleanup of cleanups.toReversed()) await cleanup();
});

async function open(options: Parameters<typeof openGate>[0] = {}): Promise<void> {
  gate = await openGate({ operator: 'elsewhere', standalone: true, ...options });
  cleanups.push(async () => gate.close());
}

async function crowdBeside(): Promise<Crowd> {
  const crowd = await Crowd.beside(gate);
  cleanups.push(async () => crowd.close());
  return crowd;
}

const waits = (run: CustomRun): boolean => run.status?.conditions?.[0]?.reason === 'WaitingForApproval';

/**
 * The names of runs in the order in which they came to wait for an answer, as far as they have: by resourceVersion,
 * since namespaces are watched apart.
 */
function followWaiting(namespaces: string[]): () => string[] {
  const since = new Map<string, bigint>();
  const reflector = new Reflector<CustomRun>({
    client: gate.admin,
    type: customRuns,
    namespaces,
    keep: keepCustomRun,
    log: pino({ level: 'silent' }),
  });
  reflector.onChange(({ object }) => {
    const { name, resourceVersion } = object.metadata;
    if (waits(object) && !since.has(name)) since.set(name, BigInt(resourceVersion));
  });
  reflector.start();
  cleanups.push(async () => reflector.stop());
  return () => [...since].toSorted(([, one], [, other]) => (one < other ? -1 : 1)).map(([name]) => name);
}

describe('a namespace with thousands of gates', () => {
  it('does not make the gate of another wait for all of them, nor its mail', async () => {
    await open({ settings: { MAIL_PER_NAMESPACE_HOUR: '100000' } });
    const crowd = await crowdBeside();
    await crowd.ask(namesOf('crowd', manyGates), ['crowd@example.com']);
    const quiet = new Crowd(gate.admin, gate.namespace);
    await quiet.ask(['quiet'], ['quiet@example.com']);
    const order = followWaiting([crowd.namespace, gate.namespace]);
    replica = await Replica.start(gate);
    await gate.mail.waitFor(({ to }) => to.includes('quiet@example.com'), 120_000);
    const before = gate.mail.messages().findIndex(({ to }) => to.includes('quiet@example.com'));
    await until('the quiet gate to be seen waiting', async () => order().includes('quiet'));
    expect(order().indexOf('quiet')).toBeLessThan(3 * underWay.keys);
    expect(before).toBeLessThan(6 * underWay.mails + 3 * underWay.keys);
  });
});

describe('a mail server that never answers', () => {
  it('holds up no gate and no answer', async () => {
    const hang = ({ stage }: { stage: string }): 'hang' | undefined =>
      stage === 'data' ? 'hang' : undefined;
    await open({ mail: { script: hang } });
    await gate.allow('alice', [{ kind: 'User', name: 'alice' }]);
    const crowd = new Crowd(gate.admin, gate.namespace);
    const names = namesOf('mailed', sized({ short: 40, long: 400 }));
    replica = await Replica.start(gate);
    await crowd.ask(names, ['alice', 'ann@example.com']);
    const tasks = await until('every gate to be open', async () => {
      const pending = (await crowd.tasks()).filter(({ status }) => status?.status === 'pending');
      return pending.length === names.length ? pending : undefined;
    });
    await crowd.approve(gate.as('alice'), tasks, { username: 'alice' });
    await until('every run to have ended', async () => {
      const ended = (await crowd.runs()).filter((run) => run.status?.conditions?.[0]?.reason === 'Approved');
      return ended.length === names.length;
    });
    expect(gate.mail.messages()).toEqual([]);
    expect(gate.mail.stages()).toContain('data');
  });
});
