import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { leaseOf, briefLease } from './replica.ts';
import { Ensemble, type Member } from './ensemble.ts';
import type { FormClient, Page } from '../fakes/form-client.ts';
import { until } from '../integration/until.ts';
import { sized } from '../tier.ts';
import { approve, hasForm, telling, verdictOn } from './verdict-page.ts';

/** What becomes of a leader that fails, of the requests that wait, and of the people who answer meanwhile. */

const timings = sized<Readonly<Record<string, string>>>({ short: briefLease, long: {} });
vi.setConfig({ testTimeout: sized({ short: 120_000, long: 900_000 }) });
let ensemble: Ensemble;
beforeAll(async () => {
  ensemble = await Ensemble.open({ settings: timings });
});
afterEach(async () => {
  await ensemble.heal();
  expect(ensemble.intrusions()).toEqual([]);
});
afterAll(async () => ensemble.close());

const rounds = Array.from({ length: sized({ short: 1, long: 3 }) }, (_, index) => index + 1);
/** Longer than the Lease lasts; in the long tier a minute, at the default timings. */
const pauseMs = sized({ short: 0, long: 60_000 });

const linesOf = ({ replica }: Member, text: string): string[] =>
  replica.log.filter(({ msg }) => msg.startsWith(text)).map(({ time }) => time);

describe('a leader that is killed with -9', () => {
  it.each(rounds)('is followed by another; who answers meanwhile is told the truth (%i)', async (round) => {
    const [first, second] = await ensemble.staff(2);
    if (second === undefined) throw new Error('nobody is left');
    const name = `killed-${String(round)}`;
    const browser = second.replica.browser();
    const form = await browser.open(await ensemble.ask(name));
    await ensemble.end(first);
    const told = await browser.answer(form, 'approve');
    // Two seconds are shorter than any Lease here, but a slow machine may have waited longer before it said this.
    if (!told.body.includes(telling.recorded))
      expect((await ensemble.gate.task(name)).status?.outcome).toBe('approved');
    expect((await verdictOn(browser, told)).body).toContain(telling.settledByIt);
    expect((await ensemble.settled(name)).status?.outcome).toBe('approved');
    expect(await ensemble.leader()).toBe(second);
  });
});

describe('a leader that is stopped until its Lease is over, and goes on', () => {
  it.each(rounds)('writes nothing more, and its form shows what happened meanwhile (%i)', async (round) => {
    const [first, ...others] = await ensemble.staff(3);
    const [settled, open] = [`stopped-${String(round)}`, `open-${String(round)}`];
    const link = await ensemble.ask(settled);
    const late = first.replica.browser();
    const staleForm = await late.open(link);
    first.replica.signal('SIGSTOP');
    const stoppedAt = performance.now();
    const second = await ensemble.leader(others);
    const [third] = others.filter((member) => member !== second);
    expect(await approve(third ?? second, link)).toContain(telling.settledByIt);
    await ensemble.settled(settled);
    const openLink = await ensemble.ask(open);
    await pause(Math.max(0, stoppedAt + pauseMs - performance.now()));

    const resumed = ensemble.proxy.stamp();
    first.replica.signal('SIGCONT');
    const refused = await verdictOn(late, await late.answer(staleForm, 'reject'));
    expect(refused.status).toBe(409);
    expect(refused.body).toContain(telling.notCounted);
    await until('the stopped one to know', async () => !first.replica.saysThatItLeads);
    const look = first.replica.browser();
    await until('its form to show the verdict', async () =>
      (await look.open(link)).body.includes('Approved'),
    );
    expect(await approve(first, openLink)).toContain(telling.settledByIt);
    expect((await ensemble.settled(settled)).status?.outcome).toBe('approved');
    expect(ensemble.leadersWorkOf(first, resumed)).toEqual([]);
    expect(await ensemble.leader()).toBe(second);
    await ensemble.end(first);
  });
});

/** A page that cannot reach a silent API server says so after some twenty seconds. */
const waitsForAnswers = sized({ short: false, long: true });
/** Not known, or by then it got through: in no case counted unless it was. */
async function expectTruth(browser: FormClient, page: Page): Promise<void> {
  if (page.status === 503) expect(page.body).toContain(telling.notKnown);
  else expect((await verdictOn(browser, page)).body).toContain(telling.settledByIt);
}

async function approveIfOpen({ replica }: Member, link: string): Promise<string> {
  const browser = replica.browser();
  const page = await browser.open(link);
  const answered = hasForm(page) ? await browser.answer(page, 'approve') : page;
  return (await verdictOn(browser, answered)).body;
}

const cuts: [string, (member: Member) => Promise<void> | void][] = [
  ['half-open, so that nothing comes back', ({ cable }) => cable.blackhole()],
  ['reset, and refused from then on', async ({ cable }) => cable.refuse()],
];

describe('a leader that is cut off from the API server', () => {
  it.each(cuts)('%s: steps down before another takes over, and follows once healed', async (how, cut) => {
    const [first, ...others] = await ensemble.staff(2);
    const name = how.startsWith('half') ? 'half-open' : 'reset';
    const link = await ensemble.ask(name);
    const caught = first.replica.browser();
    const form = await caught.open(link);
    await cut(first);
    const meanwhile = caught.answer(form, 'approve');
    const second = await ensemble.leader(others);
    const [steppedDown = 'never'] = linesOf(first, 'no longer leading').slice(-1);
    const [took = ''] = linesOf(second, 'leading').slice(-1);
    expect(steppedDown < took, `${steppedDown} is before ${took}`).toBe(true);
    if (waitsForAnswers) expect((await meanwhile).body).toContain(telling.notKnown);
    await first.cable.resume();
    await first.replica.ready();
    await expectTruth(caught, await meanwhile);
    // What was not known may arrive late, as TCP would have it, and be the one that counts.
    expect(await approveIfOpen(first, link)).toMatch(/Approved|settled before it arrived/u);
    const { status } = await ensemble.settled(name);
    expect([status?.outcome, status?.responses?.length]).toEqual(['approved', 1]);
    expect(await ensemble.leader()).toBe(second);
    expect((await leaseOf(ensemble.gate))?.spec?.holderIdentity).toBe(second.replica.identity);
  });

  it('and asked to end: ends before it would be killed, and its Lease expires', async () => {
    const [first, ...others] = await ensemble.staff(2);
    first.cable.blackhole();
    const asked = performance.now();
    first.replica.signal('SIGTERM');
    expect(await first.replica.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - asked).toBeLessThan(30_000);
    await ensemble.end(first);
    expect(others).toContain(await ensemble.leader());
  });
});
