import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { leaseType } from '../../src/kube/lease.ts';
import { until } from '../integration/until.ts';
import { sized } from '../tier.ts';
import { Ensemble, type Member } from './ensemble.ts';
import { briefLease, leaseOf } from './replica.ts';
import { shiftedClock } from './shifted-clock.ts';
import { approve, hasForm, telling, verdictOn } from './verdict-page.ts';

/** A Lease that others than the replicas touch, replicas with one role only, and replicas whose clocks are wrong. */

const timings = sized<Readonly<Record<string, string>>>({ short: briefLease, long: {} });
const leaseMs = sized({ short: 4_000, long: 15_000 });
vi.setConfig({ testTimeout: sized({ short: 120_000, long: 900_000 }) });
let ensemble: Ensemble;
beforeAll(async () => {
  ensemble = await Ensemble.open({ settings: timings });
});
afterEach(async () => {
  expect(ensemble.intrusions()).toEqual([]);
});
afterAll(async () => ensemble.close());

/** How many times it said that it leads, and that it does not any more. */
const turnsOf = ({ replica }: Member): { leading: number; lost: string[] } => ({
  leading: replica.log.filter(({ msg }) => msg === 'leading').length,
  lost: replica.log.map(({ msg }) => msg).filter((msg) => msg.startsWith('no longer leading')),
});

const key = (): string => ensemble.gate.key('tekton-approvals');

describe('a Lease that somebody changes by hand', () => {
  it('deleted: its holder stops at once, one of them leads again, and requests go on', async () => {
    const [first, second] = await ensemble.staff(2);
    await ensemble.asAdministrator(async (admin) => admin.delete(leaseType, key()));
    await until('its holder to know', async () => turnsOf(first).lost.length > 0);
    expect(turnsOf(first).lost).toContainEqual(
      expect.stringMatching(/the Lease was deleted|another holds the Lease/u),
    );
    const link = await ensemble.ask('deleted');
    for (const { replica } of [first, second ?? first])
      expect(hasForm(await replica.browser().open(link))).toBe(true);
    expect(await approve(first, link)).toContain(telling.settledByIt);
    const leader = await ensemble.leader();
    const leading = ensemble.living.filter(({ replica }) => replica.saysThatItLeads);
    expect(leading).toEqual([leader]);
    await ensemble.settled('deleted');
  });

  it('given to somebody who does not exist: its holder stops, and one takes it when it expires', async () => {
    const [first] = await ensemble.staff(2);
    const before = turnsOf(first).lost.length;
    const spec = { holderIdentity: 'nobody-at-all' };
    await ensemble.asAdministrator(async (admin) =>
      admin.patch(leaseType, key(), { spec }, { type: 'merge' }),
    );
    await until('its holder to know', async () => turnsOf(first).lost.length > before);
    expect(turnsOf(first).lost.at(-1)).toContain('another holds the Lease');
    // Asked while nobody leads: it waits, and is not lost.
    const settled = ensemble.ask('given-away').then(async (link) => approve(first, link));
    await ensemble.leader();
    expect(await settled).toContain(telling.settledByIt);
    await ensemble.settled('given-away');
  });
});

describe('replicas with one role only', () => {
  it('the form takes an answer while no controller runs, says so, and tells the verdict once one does', async () => {
    await ensemble.dismiss();
    const form = await ensemble.start({ settings: { ROLES: 'web' } });
    const controller = await ensemble.start({ settings: { ROLES: 'controller' } });
    for (const { replica } of [form, controller]) await replica.ready();
    expect(await ensemble.leader()).toBe(controller);
    await expect(fetch(`http://127.0.0.1:${String(controller.replica.webPort)}/`)).rejects.toThrow(
      'fetch failed',
    );

    const link = await ensemble.ask('roles');
    controller.replica.signal('SIGTERM');
    await controller.replica.exited;
    await ensemble.end(controller);
    const browser = form.replica.browser();
    const told = await browser.answer(await browser.open(link), 'approve');
    expect(told.body).toContain(telling.recorded);
    expect((await ensemble.gate.task('roles')).status).toMatchObject({ status: 'pending' });

    const next = await ensemble.start({ settings: { ROLES: 'controller' } });
    expect((await verdictOn(browser, told)).body).toContain(telling.settledByIt);
    expect((await ensemble.settled('roles')).status?.outcome).toBe('approved');
    expect(await ensemble.leader()).toBe(next);
    expect(turnsOf(form)).toEqual({ leading: 0, lost: [] });
  });
});

const hour = 3_600_000;
/** One after the other leads. */
const shifts = sized({ short: [hour], long: [hour, -hour] });

describe('replicas whose clocks are two hours apart', () => {
  it.each(shifts)('a leader whose clock is %i ms ahead is left alone, and then followed', async (shift) => {
    await ensemble.dismiss();
    const name = `clock-${String(shift)}`;
    const wrong = await ensemble.start({ environment: shiftedClock(shift).environment });
    await ensemble.leader([wrong]);
    const opposite = await ensemble.start({ environment: shiftedClock(-shift).environment });
    await opposite.replica.ready();
    const seen = await renewedAt();
    expect(Math.abs(seen - shift - Date.now())).toBeLessThan(hour / 2);

    await askAndApprove(`${name}-1`, opposite);
    await until('the Lease to be renewed for longer than it lasts', async () => {
      return (await renewedAt()) - seen > leaseMs;
    });
    expect(turnsOf(opposite).leading).toBe(0);
    expect(turnsOf(wrong)).toEqual({ leading: 1, lost: [] });

    await ensemble.end(wrong);
    await askAndApprove(`${name}-2`, opposite);
    expect(await ensemble.leader()).toBe(opposite);
  });

  const renewedAt = async (): Promise<number> =>
    Date.parse((await leaseOf(ensemble.gate))?.spec?.renewTime ?? '');

  /** Ten minutes are shorter than either clock is wrong. */
  const askAndApprove = async (name: string, by: Member): Promise<void> => {
    const link = await ensemble.ask(name, { timeout: '10m' });
    const { metadata, status } = await ensemble.gate.task(name);
    expect(status?.startTime).toBe(metadata.creationTimestamp);
    expect(Date.parse(status?.deadline ?? '') - Date.parse(metadata.creationTimestamp)).toBe(600_000);
    expect(await approve(by, link)).toContain(telling.settledByIt);
  };
});
