import type { Run } from './commands.ts';
import { version } from '../version.ts';
import { exitCodes } from './exitcode.ts';

/** Shows it. */
export const run: Run = ({ terminal }) => {
  terminal.out(`tkn-approval ${version}\n`);
  return Promise.resolve(exitCodes.done);
};
