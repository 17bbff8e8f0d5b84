import type { Run } from './commands.ts';
import { exitCodes } from './exitcode.ts';

/** The version of package.json; a test holds the two together. */
export const version = '0.1.0';

/** Shows it. */
export const run: Run = ({ terminal }) => {
  terminal.out(`tkn-approval ${version}\n`);
  return Promise.resolve(exitCodes.done);
};
