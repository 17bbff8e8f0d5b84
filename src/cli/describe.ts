import type { Run } from './commands.ts';
import { connected } from './connection.ts';
import type { Connection } from './connection.ts';
import { description } from './description.ts';
import { exitCodes } from './exitcode.ts';
import { requestNamed } from './request.ts';
import { rightsOn } from './rights.ts';
import { attempt } from './trouble.ts';

/** Shows one request: what is asked, by whom, who answered, who is awaited, and whether we may answer. */
export const run: Run = async ({ terminal, flags, names: [name = ''] }) =>
  connected(flags, async (connection: Connection) => {
    const task = await requestNamed(connection, name);
    const [me, rights] = await attempt(
      connection,
      { what: 'ask what they may do', remedy: 'the ClusterRole system:basic-user allows it' },
      async () => Promise.all([connection.whoAmI(), rightsOn(connection.client, task)]),
    );
    terminal.out(
      description(task, { me, rights, now: connection.client.serverNow(), columns: terminal.columns }),
    );
    return exitCodes.done;
  });
