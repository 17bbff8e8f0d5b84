import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diceOf, sized, throwDice } from '../tier.ts';
import { Drama } from './drama.ts';
import { hitsByGap, killAtRandom, killInGaps, killWhenSettling } from './killing.ts';
import { MortalOperator, shortestLease } from './mortal-operator.ts';
import { restartQuietly } from './quiet-restart.ts';

/**
 * The shipped bundle on the real control plane, killed with -9 under load and started again: at moments that nobody
 * planned, in every gap between two steps of its protocol, and with the Lease's timings as shipped.
 */

const dice = throwDice('kill -9');
const kills = sized({ short: 20, long: 100 });
const inEveryGap = sized({ short: 5, long: 20 });
const atDefaults = sized({ short: 1, long: 5 });
const limitMs = sized({ short: 600_000, long: 3_600_000 });
const defaultLeaseMs = 15_000;

/** One operator after all its deaths. */
interface Survived {
  readonly drama: Drama;
  readonly linksTried: number;
  readonly deadLinks: readonly string[];
  readonly doneForNothing: readonly string[];
}

type Name = 'random' | 'gaps' | 'defaults';
const opened: MortalOperator[] = [];
const survived = new Map<Name, Survived>();
let leaderless: readonly number[] = [];

beforeAll(async () => {
  await Promise.all([
    live('random', shortestLease, async (drama) => killAtRandom(drama, kills)),
    live('gaps', shortestLease, async (drama) => killInGaps(drama, inEveryGap)),
    live('defaults', {}, async (drama) => {
      leaderless = await killWhenSettling(drama, atDefaults);
    }),
  ]);
}, limitMs);
afterAll(async () => {
  for (const [name, { drama }] of survived) console.log(`${name}: ${summaryOf(drama)}`);
  console.log(table());
  await Promise.all(opened.map(async (operator) => operator.close()));
});

async function live(
  name: Name,
  settings: Readonly<Record<string, string>>,
  killing: (drama: Drama) => Promise<void>,
): Promise<void> {
  const operator = await MortalOperator.open(settings);
  opened.push(operator);
  const drama = new Drama(operator, diceOf(dice.seed));
  await killing(drama);
  await drama.calm();
  const linksTried = drama.waitingMails().length;
  const deadLinks = await drama.deadLinks();
  // At the default timings one more start would cost a quarter of a minute and show nothing new.
  const doneForNothing = name === 'defaults' ? [] : await restartQuietly(drama);
  await drama.end();
  survived.set(name, { drama, linksTried, deadLinks, doneForNothing });
}

function of(name: Name): Survived {
  const found = survived.get(name);
  if (found === undefined) throw new Error(`${name} did not come to its end`);
  return found;
}

function summaryOf({ scripts, operator, mail }: Drama): string {
  const { kills: killed, deliveries, proxy } = operator;
  const counts = {
    requests: scripts.length,
    kills: killed.length,
    writes: proxy.writes.length,
    mails: deliveries.length,
    'mailed twice': mail.duplicates.length,
  };
  return Object.entries(counts)
    .map(([what, count]) => `${String(count)} ${what}`)
    .join(', ');
}

/** Kills in each gap: all, and those of each way of killing. */
function table(): string {
  const names = [...survived.keys()];
  const hits = names.map((name) => hitsByGap(of(name).drama.operator.chronicle().hits()));
  const gaps = [...(hits[0]?.keys() ?? [])];
  const row = (cells: readonly (string | number)[]): string => {
    const [first = '', ...rest] = cells;
    return `${String(first).padEnd(48)}${rest.map((cell) => String(cell).padStart(10)).join('')}`;
  };
  const rows = gaps.map((gap) => row([gap, ...hits.map((counts) => counts.get(gap) ?? 0)]));
  return [row(['killed between', ...names]), ...rows].join('\n');
}

describe.each<[string, Name]>([
  ['at random moments', 'random'],
  ['between any two steps', 'gaps'],
  ['with the shipped timings', 'defaults'],
])('an operator that was killed with -9 %s', (_how, name) => {
  it('settled every request as its answers say, the same on task, run and pipeline', async () => {
    const { drama } = of(name);
    expect(drama.unfinished).toEqual([]);
    expect(await drama.faults()).toEqual([]);
  });

  it('told nobody what was not true, and opened no form behind a link of an older attempt', async () => {
    const { drama } = of(name);
    expect(drama.witnesses.surprises).toEqual([]);
    expect(await drama.untrueTellings()).toEqual([]);
  });

  it('mailed everybody, and repeated only what it was killed between sending and recording', async () => {
    const { drama } = of(name);
    const { mail } = drama;
    const all = await drama.settlements();
    expect(mail.missing(all)).toEqual([]);
    expect(mail.surplus(all)).toEqual([]);
    expect(mail.unexplained).toEqual([]);
  });
});

describe.each<Name>(['random', 'gaps'])('after all deaths (%s)', (name) => {
  it('every copy of every mail about what still waits leads to its form', () => {
    expect(of(name).linksTried).toBeGreaterThan(0);
    expect(of(name).deadLinks).toEqual([]);
  });

  it('one more start with nothing changed writes nothing and mails nobody', () => {
    expect(of(name).doneForNothing).toEqual([]);
  });
});

describe('the kills', () => {
  it('were so many as planned', () => {
    // One more each for the start with nothing changed.
    expect(of('random').drama.operator.kills).toHaveLength(kills + 1);
    expect(of('defaults').drama.operator.kills).toHaveLength(atDefaults);
  });

  it('fell into every gap between two steps often enough', () => {
    const hits = hitsByGap(of('gaps').drama.operator.chronicle().hits());
    expect([...hits].filter(([, count]) => count < inEveryGap)).toEqual([]);
  });

  it('made nobody lead at the shipped timings before the dead one’s Lease had passed', () => {
    expect(leaderless).toHaveLength(atDefaults);
    expect(Math.min(...leaderless)).toBeGreaterThan(defaultLeaseMs);
  });
});
