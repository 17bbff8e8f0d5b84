import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Lease } from '../../src/kube/lease.ts';
import { asksForAnswer } from '../fakes/mailed-link.ts';
import { isTaken, type Write } from '../faults/recorded-write.ts';
import { until } from '../integration/until.ts';
import { sized, throwDice } from '../tier.ts';
import { addressOf, Ensemble, type Member } from './ensemble.ts';
import { leaseOf } from './replica.ts';
import { approve, hasForm, telling, verdictOn } from './verdict-page.ts';

/** What SIGTERM does, at the default timings of the Lease: as a rolling update of the Deployment sends it. */

let ensemble: Ensemble;
/** Addresses of which the mail server takes the message and says nothing more. */
const silentFor = new Set<string>();
const hung = new Set<string>();
const dice = throwDice('hand-over');
vi.setConfig({ testTimeout: sized({ short: 120_000, long: 900_000 }) });

beforeAll(async () => {
  ensemble = await Ensemble.open({
    mail: {
      script: ({ stage, address }) => {
        if (stage !== 'data' || !silentFor.has(address)) return undefined;
        hung.add(address);
        return 'hang';
      },
    },
  });
});
afterEach(() => {
  silentFor.clear();
  ensemble.proxy.stops = {};
  expect(ensemble.intrusions()).toEqual([]);
});
afterAll(async () => ensemble.close());

/** Ends it as Kubernetes does, which would kill it after 30 seconds. Returns the exit and how long that took. */
async function terminate(member: Member): Promise<{ code: number | null; ms: number }> {
  const start = performance.now();
  member.replica.signal('SIGTERM');
  const { code } = await member.replica.exited;
  const ms = performance.now() - start;
  await ensemble.end(member);
  return { code, ms };
}

const graceMs = 30_000;

/** Whether that member gave the Lease back, as far as the API server is concerned. */
function gaveBack({ name }: Member): boolean {
  return ensemble.proxy.writes.some(
    (write) =>
      write.client === name &&
      write.resource === 'leases' &&
      isTaken(write) &&
      (write.answer as Lease).spec?.holderIdentity === '',
  );
}

describe('a leader that is asked to end', () => {
  it('hands over within two seconds', async () => {
    const took: number[] = [];
    for (let round = 0; round < sized({ short: 3, long: 20 }); round += 1) {
      const [first, ...others] = await ensemble.staff(2);
      await pause(dice.below(2_000));
      const asked = Date.now();
      const ended = terminate(first);
      await ensemble.leader(others);
      // One machine, one clock: the stamp is the new holder's own.
      const { spec } = (await leaseOf(ensemble.gate)) ?? {};
      took.push(Date.parse(spec?.acquireTime ?? '') - asked);
      expect(await ended).toMatchObject({ code: 0 });
      expect(gaveBack(first)).toBe(true);
    }
    console.log(`hand-over: ${took.map((ms) => `${String(ms)} ms`).join(', ')}`);
    // One of them may fall into a moment in which the machine does something else; half of them do not.
    const [median = Infinity] = took.toSorted((a, b) => a - b).slice(took.length / 2);
    expect(median).toBeLessThan(2_000);
  });

  it('while a mail and a write hang: others are decided, it ends in time, and both are made good', async () => {
    const [first, second] = await ensemble.staff(2);
    if (second === undefined) throw new Error('one is missing');
    const link = await ensemble.ask('beside');
    const held = await holdStatusOf('held', first);
    silentFor.add(addressOf('hanging'));
    const isHanging = until('the mail to hang', async () => hung.has(addressOf('hanging')));
    await ensemble.askOnly('hanging');
    await isHanging;

    const ended = terminate(first);
    expect(await approve(second, link)).toContain(telling.settledByIt);
    // Nobody waited for the mail: the holder is the same.
    expect(gaveBack(first)).toBe(false);
    silentFor.clear();
    const { code, ms } = await ended;
    expect(code).toBe(0);
    expect(ms).toBeLessThan(graceMs);
    expect(gaveBack(first)).toBe(true);
    expect(await ensemble.leader()).toBe(second);

    expect(await approve(second, await held.asked)).toContain(telling.settledByIt);
    held.release();
    await until('the answer to the late write', async () => held.write.status !== undefined);
    expect(held.write).toMatchObject({ subresource: 'status', status: 409 });
    expect((await ensemble.settled('held')).status?.outcome).toBe('approved');
    await ensemble.gate.mail.waitFor(({ to }) => to.includes(addressOf('hanging')), 120_000);
  });
});

/** Asks, and keeps the first status that this member writes to the task from the API server until it is released. */
async function holdStatusOf(
  name: string,
  { name: client }: Member,
): Promise<{ asked: Promise<string>; write: Write; release: () => void }> {
  const released = Promise.withResolvers<void>();
  const caught = Promise.withResolvers<Write>();
  ensemble.proxy.stops = {
    received: async (write) => {
      const isIt = write.client === client && write.name === name && write.subresource === 'status';
      if (!isIt || write.resource !== 'approvaltasks') return;
      caught.resolve(write);
      await released.promise;
    },
  };
  const asked = ensemble.ask(name);
  return { asked, write: await caught.promise, release: released.resolve };
}

describe('a replica that is asked to end while it starts', () => {
  /** Between the first port and the second the start takes half a second, instead of next to nothing. */
  const slowToListen = `--import data:text/javascript,${encodeURIComponent(`
    import { Server } from 'node:net';
    const { listen } = Server.prototype;
    Server.prototype.listen = function (...how) {
      setTimeout(() => listen.apply(this, how), 500);
      return this;
    };`)}`;
  const probesListen = async ({ replica }: Member): Promise<boolean> => {
    const socket = connect(replica.probesPort, '127.0.0.1');
    const listens = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    return listens;
  };
  const moments: [string, (member: Member) => Promise<boolean>][] = [
    ['while it opens its ports', probesListen],
    ['as soon as it leads', async ({ replica }) => replica.saysThatItLeads],
    ...Array.from({ length: sized({ short: 1, long: 20 }) }, (_, index): (typeof moments)[number] => {
      const ms = dice.below(1_000);
      return [`at a random moment (${String(index + 1)})`, async () => pause(ms, true)];
    }),
  ];
  it.each(moments)('%s: leaves no Lease behind', async (when, hasCome) => {
    await ensemble.dismiss();
    const environment = hasCome === probesListen ? { NODE_OPTIONS: slowToListen } : {};
    const member = await ensemble.start({ environment });
    await member.replica.until('the moment', async () => hasCome(member));
    member.replica.signal('SIGTERM');
    const { code, signal } = await member.replica.exited;
    await ensemble.end(member);
    // Before its first line of code Node itself ends the process; then nothing was begun.
    const hadBegun = when.startsWith('while') || member.replica.lines.length > 0;
    expect(hadBegun ? code : 0, String(signal)).toBe(0);
    expect((await leaseOf(ensemble.gate))?.spec?.holderIdentity ?? '').toBe('');
  });
});

describe('a rolling restart under a stream of approvals', () => {
  it('settles all of them, tells everybody the truth, and asks and tells nobody twice', async () => {
    await ensemble.staff(2);
    const names = Array.from(
      { length: sized({ short: 12, long: 200 }) },
      (_, index) => `rolling-${String(index)}`,
    );
    const before = ensemble.gate.mail.messages().length;
    const stream = names.map(async (name, index) => {
      await pause(index * 250);
      return approveSomewhere(await ensemble.ask(name));
    });
    for (let round = 0; round < sized({ short: 2, long: 20 }); round += 1) {
      const [oldest] = ensemble.living;
      const next = await ensemble.start();
      await next.replica.ready();
      if (oldest !== undefined) expect(await terminate(oldest)).toMatchObject({ code: 0 });
    }
    // Who lost the connection and answered again may have answered twice: the second time came too late.
    for (const page of await Promise.all(stream)) expect(page).toMatch(/Approved|settled before it arrived/u);
    for (const name of names) {
      const { status } = await ensemble.settled(name);
      expect([status?.outcome, status?.responses?.length]).toEqual(['approved', 1]);
    }
    const mailed = (isAsking: boolean): string[] =>
      ensemble.gate.mail
        .messages()
        .slice(before)
        .filter((mail) => asksForAnswer(mail) === isAsking)
        .flatMap(({ to }) => to)
        .toSorted();
    await until('everybody to be told the end', async () => mailed(false).length >= names.length);
    expect([mailed(true), mailed(false)]).toEqual([addresses(names), addresses(names)]);
  });
});

const addresses = (names: readonly string[]): string[] => names.map(addressOf).toSorted();

/** As a person does: a page that does not load is loaded again, and may come from another replica. */
async function approveSomewhere(link: string): Promise<string> {
  return until('an answer to be taken', async () => {
    const member = dice.pick(ensemble.living);
    const browser = member.replica.browser();
    try {
      const page = await browser.open(link);
      if (page.status >= 500) return undefined;
      const told = hasForm(page) ? await browser.answer(page, 'approve') : page;
      return told.status >= 500 ? undefined : (await verdictOn(browser, told)).body;
    } catch (error) {
      if (error instanceof TypeError) return undefined;
      throw error;
    }
  });
}
