import type { Happening, Step } from './protocol.ts';

/** Two steps of which one follows the other for the same request, and between which the operator may die. */
export interface Gap {
  readonly from: Step;
  readonly to: readonly Step[];
  /**
   * Whether whoever comes after has to take the second step. Not so for what only tells people: a page is opened again,
   * and an Event is told once or not at all.
   */
  readonly mended: boolean;
}

/** Whatever a new leader writes first. */
const anything: readonly Step[] = [
  'task created',
  'run waits',
  'run waits again',
  'run settled',
  'run refused',
  'task opened',
  'task answered',
  'attempt begun',
  'task settled',
  'labels written',
  'verdict written',
  'notice attempting',
  'notice sent',
  'event written',
];

const gap = (from: Step, ...to: readonly Step[]): Gap => ({ from, to, mended: true });
const told = (from: Step, ...to: readonly Step[]): Gap => ({ from, to, mended: false });

/** Every gap of the operator's protocol, in the order of a request's life. */
export const gaps: readonly Gap[] = [
  gap('keys created', ...anything),
  gap('lease created', ...anything),
  gap('lease taken', ...anything),
  gap('task created', 'run waits'),
  gap('task created', 'task opened'),
  told('run refused', 'event written'),
  gap('task opened', 'notice attempting'),
  gap('notice attempting', 'mail accepted'),
  gap('mail accepted', 'notice sent'),
  told('answer stored', 'answer shown'),
  gap('answer stored', 'task answered', 'task settled'),
  gap('task answered', 'labels written'),
  gap('task answered', 'run waits'),
  gap('task answered', 'notice attempting'),
  gap('task settled', 'labels written'),
  gap('task settled', 'run settled'),
  told('task settled', 'event written'),
  gap('labels written', 'verdict written'),
  gap('verdict written', 'verdict written'),
  gap('attempt begun', 'run waits again'),
  gap('attempt begun', 'notice attempting'),
  gap('task timed out', 'run settled'),
  gap('task cancelled', 'run settled'),
];

export function nameOf({ from, to }: Gap): string {
  return `${from} -> ${to.length > 2 ? 'its first write' : to.join(' or ')}`;
}

/** A process that was killed, and when it was gone, in the proxy's count. */
export interface Kill {
  readonly client: string;
  readonly at: number;
}

/** One kill in a gap: the first step was done, and nothing of the second had left the process. */
export interface Hit {
  readonly gap: Gap;
  readonly about: string;
  readonly client: string;
}

/** What happened, to be looked up by who did it and for which request. */
export class Chronicle {
  readonly #byRequest = new Map<string, Happening[]>();
  readonly #kills: readonly Kill[];

  constructor(happenings: readonly Happening[], kills: readonly Kill[]) {
    this.#kills = kills;
    for (const happening of happenings) {
      const known = this.#byRequest.get(happening.about);
      if (known === undefined) this.#byRequest.set(happening.about, [happening]);
      else known.push(happening);
    }
  }

  /**
   * Where the kills fell. A gap that has to be mended counts only if somebody else took the second step later: that
   * shows that it was missing.
   */
  hits(): readonly Hit[] {
    return this.#kills.flatMap((kill) => gaps.flatMap((one) => this.#hitsOf(one, kill)));
  }

  #hitsOf(one: Gap, { client, at }: Kill): readonly Hit[] {
    const hits: Hit[] = [];
    for (const [about, happenings] of this.#byRequest) {
      const own = happenings.filter((happening) => happening.client === client);
      const from = own.findLast(({ step, done }) => step === one.from && done !== undefined && done <= at);
      if (from === undefined) continue;
      const followed = this.#following(one, from, about === '' ? undefined : own);
      const isMissed = !one.mended || this.#isMended(one, about, at);
      if (!followed && isMissed) hits.push({ gap: one, about, client });
    }
    return hits;
  }

  /** Whether the same process went on, also by something that reached nobody until it was gone. */
  #following(one: Gap, from: Happening, own: readonly Happening[] | undefined): boolean {
    const candidates = own ?? this.#all().filter(({ client }) => client === from.client);
    return candidates.some(
      (later) => later !== from && one.to.includes(later.step) && later.asked > from.asked,
    );
  }

  #isMended(one: Gap, about: string, at: number): boolean {
    const happenings = about === '' ? this.#all() : (this.#byRequest.get(about) ?? []);
    return happenings.some(({ step, asked }) => asked > at && one.to.includes(step));
  }

  #all(): readonly Happening[] {
    return [...this.#byRequest.values()].flat();
  }
}
