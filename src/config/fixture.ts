import { readConfig, type Config } from '../config.ts';

/** What settings in the environment and in a file come to. Throws their problems where they have any. */
export function configOf(environment: Record<string, string>, file?: string): Config {
  const read = readConfig(environment, file);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.config;
}

/** What is wrong with settings, each as `setting: problem`. */
export function problemsOf(environment: Record<string, string>, file?: string): string[] {
  const read = readConfig(environment, file);
  return read.ok ? [] : read.problems.map(({ setting, problem }) => `${setting}: ${problem}`);
}
