import { readFileSync } from 'node:fs';
import { fromFile } from './settingfile.ts';

/** A mounted Secret is looked at again after so long, when it is next needed. */
const lookMs = 10_000;
const largest = 65_536;

export interface SecretFileOptions {
  /** Told once when the file cannot be read any more, and what is in force stays. Never what stands in it. */
  readonly onProblem: (problem: string) => void;
  readonly now: () => number;
}

/**
 * A secret in a file, as Kubernetes mounts it. It is read again while it is used, so that a rotation needs no restart;
 * where that fails, the last good one stays in force. The line break at its end is none of it. Throws where the file
 * cannot be read at the start.
 */
export class SecretFile {
  readonly #file: string;
  readonly #options: SecretFileOptions;
  #text: string;
  #readAt: number;
  #problem: string | undefined;

  constructor(file: string, options: SecretFileOptions) {
    this.#file = file;
    this.#options = options;
    this.#text = readSecret(file);
    this.#readAt = options.now();
  }

  current(): string {
    const now = this.#options.now();
    if (now - this.#readAt >= lookMs) {
      this.#readAt = now;
      this.#look();
    }
    return this.#text;
  }

  #look(): void {
    try {
      this.#text = readSecret(this.#file);
      this.#problem = undefined;
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      if (problem !== this.#problem) this.#options.onProblem(problem);
      this.#problem = problem;
    }
  }
}

function readSecret(file: string): string {
  const text = fromFile(file, () => readFileSync(file, 'utf8')).replace(/\r?\n$/u, '');
  if (text === '') throw new Error(`${file} is empty: it should hold a secret`);
  if (text.length > largest) throw new Error(`${file} is too long for a secret`);
  return text;
}
