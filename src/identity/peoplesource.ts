import type { Logger } from 'pino';
import { readPeople, type ReadPeople } from '../api/people.ts';
import { directoryOf, nobodyKnown, type Directory } from '../domain/directory.ts';
import { Poll, soonMs } from './poll.ts';
import { readYaml } from './yaml.ts';

/** The key of the ConfigMap under which the directory stands. */
export const peopleKey = 'people.yaml';

/** The ConfigMap as it was read. */
export interface StoredPeople {
  readonly resourceVersion: string;
  /** Undefined where it has no such key. */
  readonly text: string | undefined;
}

/** Where the directory lies: one ConfigMap. */
export interface PeopleStore {
  /** Undefined where it does not exist; throws where that could not be found out. */
  read(): Promise<StoredPeople | undefined>;
}

export interface PeopleSourceOptions {
  readonly store: PeopleStore;
  readonly pollMs: number;
  readonly log: Logger;
  /**
   * Asked at each look while the file has a problem, until it returns true: then whoever looks after the file has been
   * told of this problem.
   */
  readonly tell: (problem: string) => boolean;
  /** Called whenever another directory comes into force, or `fault` changes. */
  readonly onChange: () => void;
}

/** What one look came to. */
type Looked =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'good'; readonly directory: Directory; readonly version: string }
  | { readonly kind: 'bad'; readonly problem: string }
  | { readonly kind: 'unknown'; readonly problem: string };

/**
 * Holds the people directory, reloaded by polling. No ConfigMap at the start: nobody is known. Broken, or deleted while
 * running: the last good directory stays in force. Broken at the start: there is none, and nobody must conclude anything
 * about who is who (docs/adr/0016).
 */
export class PeopleSource {
  readonly #options: PeopleSourceOptions;
  #directory: Directory | undefined;
  /** Of the ConfigMap that is in force; undefined where there is none. */
  #version: string | undefined;
  #problem: string | undefined = 'it has not been read yet';
  #fault: string | undefined;
  #told: string | undefined;
  readonly #poll = new Poll(async () => this.#look());

  constructor(options: PeopleSourceOptions) {
    this.#options = options;
  }

  /** The directory in force; undefined while there is none since the start. */
  current(): Directory | undefined {
    return this.#directory;
  }

  /** Why what is in force is not what the ConfigMap says; undefined where it is. */
  problem(): string | undefined {
    return this.#problem;
  }

  /** The mistake in what was read last, for which it is not in force; places in it, never what stands there. */
  fault(): string | undefined {
    return this.#fault;
  }

  /** Reads now and then keeps looking. Resolves after the first look, whatever it found. */
  async start(): Promise<void> {
    await this.#poll.start();
  }

  stop(): void {
    this.#poll.stop();
  }

  async #look(): Promise<number> {
    const looked = await this.#read();
    const problem = problemOf(looked);
    if (problem !== this.#problem || looked.kind === 'good') this.#report(looked, problem);
    this.#problem = problem;
    if (looked.kind === 'bad') this.#tell(looked.problem);
    if (looked.kind === 'good') this.#take(looked);
    const fault = looked.kind === 'unknown' ? this.#fault : problem;
    const isNews = looked.kind === 'good' || fault !== this.#fault;
    this.#fault = fault;
    if (isNews) this.#options.onChange();
    const { pollMs } = this.#options;
    return this.#directory === undefined ? Math.min(pollMs, soonMs) : pollMs;
  }

  #tell(problem: string): void {
    if (this.#told !== problem && this.#options.tell(problem)) this.#told = problem;
  }

  #take({ directory, version }: Extract<Looked, { kind: 'good' }>): void {
    this.#directory = directory;
    this.#version = version;
    this.#told = undefined;
  }

  /** Problems name paths of the file and never what stands there: logs hold no names and no addresses. */
  #report(looked: Looked, problem: string | undefined): void {
    const { log } = this.#options;
    if (problem !== undefined) {
      log.error({ problem, lastGoodKept: this.#directory !== undefined }, 'people directory');
      return;
    }
    const { persons, groups } = (looked.kind === 'good' ? looked.directory : this.#directory) ?? nobodyKnown;
    log.info({ persons: persons.length, groups: groups.size }, 'people directory in force');
  }

  async #read(): Promise<Looked> {
    try {
      const stored = await this.#options.store.read();
      return stored === undefined ? this.#missing() : this.#parse(stored);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { kind: 'unknown', problem: `the ConfigMap cannot be read: ${why}` };
    }
  }

  #missing(): Looked {
    if (this.#directory === nobodyKnown) return { kind: 'unchanged' };
    if (this.#directory === undefined || this.#directory.persons.length === 0)
      return { kind: 'good', directory: nobodyKnown, version: '' };
    return {
      kind: 'bad',
      problem:
        'the ConfigMap was deleted. What it said stays in force until the operator starts anew: restore it, or, to have no directory, let it say "persons: []".',
    };
  }

  #parse({ resourceVersion, text }: StoredPeople): Looked {
    if (this.#directory !== undefined && this.#version === resourceVersion) return { kind: 'unchanged' };
    if (text === undefined) return { kind: 'bad', problem: `the ConfigMap has no key ${peopleKey}.` };
    const read = parsePeople(text);
    if (!read.ok) return { kind: 'bad', problem: read.problems.join(' ') };
    return { kind: 'good', directory: directoryOf(read.people), version: resourceVersion };
  }
}

function problemOf(looked: Looked): string | undefined {
  return looked.kind === 'good' || looked.kind === 'unchanged' ? undefined : looked.problem;
}

/** Reads the text of the directory. All problems at once, none of them repeating what stands in the file. */
export function parsePeople(text: string): ReadPeople {
  const read = readYaml(text);
  const wrong = (problem: string): ReadPeople => ({ ok: false, problems: [`The file ${problem}.`] });
  if (!read.ok) return wrong(read.problem);
  // What was lost by mistake must not make two people of one.
  if (read.value === undefined) return wrong('is empty: to have no directory, let it say "persons: []"');
  return readPeople(read.value);
}
