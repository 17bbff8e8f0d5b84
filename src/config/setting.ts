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
