import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diceOf, sized, throwDice } from '../tier.ts';
import { Drama } from './drama.ts';
import { killAtRandom } from './killing.ts';
import { MortalOperator, shortestLease } from './mortal-operator.ts';
import { NoticeLedger } from './notice-ledger.ts';
import { restartQuietly } from './quiet-restart.ts';
import { Receivers, type Arrival } from './receivers.ts';

/** The shipped bundle with every way of telling people and systems, killed with -9 while requests are answered. */

const dice = throwDice('notices under kill -9');
const kills = sized({ short: 8, long: 50 });
const limitMs = sized({ short: 600_000, long: 3_600_000 });

let receivers: Receivers;
let operator: MortalOperator;
let drama: Drama;
let ledger: NoticeLedger;
let doneForNothing: readonly string[];
let sentForNothing: readonly Arrival[];

beforeAll(async () => {
  receivers = await Receivers.open();
  operator = await MortalOperator.open({ ...shortestLease, ...receivers.settings });
  receivers.operator = operator;
  // Dice of their own: which answer waits for how long is as the network has it, and must not move the kills.
  const delays = diceOf(dice.seed + 1);
  receivers.takesMs = () => delays.next() * 300;
  drama = new Drama(operator, diceOf(dice.seed));
  ledger = new NoticeLedger(operator, receivers);
  await killAtRandom(drama, kills);
  await drama.calm();
  const before = receivers.arrivals.length;
  doneForNothing = await restartQuietly(drama);
  // The request by which it is known that it has looked at everything is told as well.
  sentForNothing = receivers.arrivals.slice(before).filter(({ about }) => about < drama.scripts.length);
  await drama.end();
}, limitMs);
afterAll(async () => {
  const counts = {
    requests: drama.scripts.length,
    kills: operator.kills.length,
    mails: operator.deliveries.length,
    'mailed twice': drama.mail.duplicates.length,
    'notices on channels': receivers.arrivals.length,
    'that came again': ledger.duplicates,
  };
  console.log(
    Object.entries(counts)
      .map(([what, count]) => `${String(count)} ${what}`)
      .join(', '),
  );
  await operator.close();
  await receivers.close();
});

describe('notices of an operator that was killed with -9 at random moments', () => {
  it('channel-01: come to everybody who is owed one, by mail and on every channel', async () => {
    const settlements = await drama.settlements();
    expect(drama.unfinished).toEqual([]);
    expect(operator.kills).toHaveLength(kills + 1);
    expect(ledger.missing(settlements)).toEqual([]);
    expect(drama.mail.missing(settlements)).toEqual([]);
  });

  it('channel-01: come to a system in the order in which things happened, none left out', async () => {
    expect(ledger.disordered(await drama.settlements())).toEqual([]);
  });

  it('channel-01: come again, under the same id, only where a kill hid that they were sent', async () => {
    expect(ledger.unexplained).toEqual([]);
    expect(drama.mail.unexplained).toEqual([]);
    expect(drama.mail.surplus(await drama.settlements())).toEqual([]);
  });

  it('are not sent once more by a start with nothing changed', () => {
    expect(doneForNothing).toEqual([]);
    expect(sentForNothing).toEqual([]);
  });

  it('leave no secret in any log or status', async () => {
    const tasks = (await drama.settlements()).map(({ task }) => task);
    const told = [...operator.lines, ...tasks.map((task) => JSON.stringify(task))].join('\n');
    for (const secret of receivers.secrets) expect(told.includes(secret)).toBe(false);
    expect(told).not.toMatch(/\/l\/[A-Za-z0-9_-]{20}/u);
  });
});
