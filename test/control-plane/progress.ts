/** Lines that tell a person what a slow start is doing. */

/** Takes one finished line of progress, without a line break. */
export type Progress = (line: string) => void;

/** A length of time in words for people: `8s`, `2m10s`. Whole seconds, rounded down. */
export function elapsedText(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${seconds}s` : `${minutes}m${String(seconds % 60).padStart(2, '0')}s`;
}

/** One line about a build that runs, such as `building etcd (about 1 min on 2 cores, once) ... 20s`. */
export function buildText(name: string, aboutMinutes: number, elapsed: number): string {
  return `building ${name} (about ${aboutMinutes} min on 2 cores, once) ... ${elapsedText(elapsed)}`;
}

/** Writes each line to standard error, which leaves standard output to the command's own result. */
export function toStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}

/**
 * Repeats a line that changes with time, each 15 seconds, until the work ends, and once more at its end. The
 * error of the work, if any, is passed on.
 */
export async function withProgress<T>(
  progress: Progress,
  text: (elapsed: number) => string,
  work: () => Promise<T>,
): Promise<T> {
  const start = performance.now();
  const tell = (): void => progress(text(performance.now() - start));
  tell();
  const timer = setInterval(tell, 15_000);
  try {
    const result = await work();
    tell();
    return result;
  } finally {
    clearInterval(timer);
  }
}
