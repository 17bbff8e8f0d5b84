import { createInterface } from 'node:readline/promises';
import { isatty } from 'node:tty';

/** Where a command writes, and whom it may ask. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Whether a person can be asked: both what is asked and the answer go through a terminal. */
  readonly isInteractive: boolean;
  readonly colours: boolean;
  readonly columns: number;
  /** Asks a person. Empty where they only press Enter. */
  ask(question: string): Promise<string>;
}

/** The streams of this process. */
export function processTerminal(env: NodeJS.ProcessEnv): Terminal {
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    isInteractive: isatty(0) && isatty(2),
    colours: wantsColours(env, isatty(1)),
    // Undefined where it is no terminal, and 0 on some that do not know it.
    columns: process.stdout.columns || 100,
    ask: askOnTerminal,
  };
}

/** Colours only where a terminal shows them and nobody asked for none (https://no-color.org). */
export function wantsColours(env: NodeJS.ProcessEnv, isTerminal: boolean): boolean {
  return isTerminal && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}

async function askOnTerminal(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const hungUp = new Promise<undefined>((resolve) => lines.once('close', () => resolve(undefined)));
  try {
    const typed = await Promise.race([lines.question(question).catch(() => undefined), hungUp]);
    // Ctrl-C and Ctrl-D leave the cursor behind the question.
    if (typed === undefined) process.stderr.write('\n');
    return typed ?? '';
  } finally {
    lines.close();
  }
}
