/** What a command ends with. Scripts rely on these: docs/spec/cli.md. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  noVerdict: 4,
  notFound: 5,
  noCluster: 6,
  noRights: 7,
  notInstalled: 8,
  notIntact: 9,
  notCompared: 10,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Of several names, the one that is told: the lowest that is not 0. */
export function worst(codes: readonly ExitCode[]): ExitCode {
  return codes.filter((code) => code !== exitCodes.done).toSorted((a, b) => a - b)[0] ?? exitCodes.done;
}

/** A reason to end, in one sentence for people and one code for scripts. */
export class Problem extends Error {
  readonly code: ExitCode;

  constructor(code: ExitCode, sentence: string) {
    super(sentence);
    this.name = 'Problem';
    this.code = code;
  }
}
