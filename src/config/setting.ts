/** What the name of every setting in the environment begins with. */
export const prefix = 'TEKTON_APPROVALS_';

/** One thing wrong with the configuration: which setting, and what is allowed, to be read after it as one sentence. */
export interface ConfigProblem {
  readonly setting: string;
  readonly problem: string;
}

/** Environment name of a setting's path: mail.caFile is TEKTON_APPROVALS_MAIL_CA_FILE. */
export function environmentName(path: string): string {
  return (
    prefix +
    path
      .replace(/([a-z])([A-Z])/g, '$1_$2')
      .replaceAll('.', '_')
      .toUpperCase()
  );
}

/** Both names of a setting, for a sentence. */
export function named(path: string): string {
  return `${path} (${environmentName(path)})`;
}

/** A problem of one setting, under both of its names. */
export function problemOf(path: string, problem: string): ConfigProblem {
  return { setting: named(path), problem };
}

/** What more than one setting together must be; the problem is read after the setting's name. */
export type Check = readonly [wrong: boolean, path: string, problem: string];

/** Hosts to which what is sent in clear stays on this machine. */
export const loopback: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]', '::1']);
