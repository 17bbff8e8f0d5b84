import { usage } from './arguments.ts';
import { followed } from './changes.ts';
import type { Invocation, Run } from './commands.ts';
import { connected } from './connection.ts';
import type { Connection } from './connection.ts';
import { documentOf, entryOf } from './document.ts';
import type { Format } from './document.ts';
import { exitCodes } from './exitcode.ts';
import { formats, type Flags } from './flags.ts';
import { Listing } from './listing.ts';
import { readingRemedy } from './request.ts';
import type { StoredTask } from './request.ts';
import { approvalTasks } from '../api/resources.ts';
import { attempt } from './trouble.ts';

/** Shows requests, those that wait for us first; with --watch what changes, too, until interrupted. */
export const run: Run = async (invocation) => {
  const { flags } = invocation;
  if (flags.output !== undefined && !Object.hasOwn(formats, flags.output)) {
    throw usage(
      `There is no format ${JSON.stringify(flags.output)}: it is one of ${Object.keys(formats).join(', ')}`,
    );
  }
  if (flags.namespace !== undefined && flags['all-namespaces'] === true) {
    throw usage('--namespace and --all-namespaces cannot be given together');
  }
  return connected(flags, async (connection) => {
    await show(connection, invocation);
    return exitCodes.done;
  });
};

interface Place {
  readonly namespace?: string;
}

async function show(connection: Connection, invocation: Invocation): Promise<void> {
  const { flags } = invocation;
  const place: Place = flags['all-namespaces'] === true ? {} : { namespace: connection.namespace };
  const where = place.namespace === undefined ? 'all namespaces' : `namespace ${place.namespace}`;
  const tried = { what: `list requests in ${where}`, remedy: readingRemedy };
  await attempt(connection, tried, async () => {
    const { items, resourceVersion } = await connection.client.listAll<StoredTask>(approvalTasks, place);
    const shown = items.filter((task) => isShown(task, flags));
    const more = await printer(connection, invocation, { shown, where });
    if (flags.watch !== true) return;
    for await (const task of followed(connection.client, place, { items, resourceVersion })) await more(task);
  });
}

function isShown({ status }: StoredTask, { all }: Flags): boolean {
  return all === true || status?.outcome === undefined;
}

/** Prints what is there, and returns what prints one more. */
async function printer(
  connection: Connection,
  { terminal, flags }: Invocation,
  { shown, where }: { shown: readonly StoredTask[]; where: string },
): Promise<(task: StoredTask) => Promise<void>> {
  const format = formatOf(flags);
  if (format !== undefined) {
    const documents =
      flags.watch === true ? shown.map((task) => entryOf(format, task)) : [documentOf(format, shown)];
    for (const document of documents) terminal.out(await document);
    return async (task) => terminal.out(await entryOf(format, task));
  }
  const listing = new Listing({
    me: await connection.whoAmI(),
    now: connection.client.serverNow(),
    wide: flags.output === 'wide',
    namespaces: flags['all-namespaces'] === true,
    colours: terminal.colours,
  });
  if (shown.length > 0 || flags.watch === true) terminal.out(listing.render(shown));
  else terminal.err(`Nothing ${flags.all === true ? 'was asked' : 'waits'} in ${where}\n`);
  const told = new Map(shown.map((task) => [task.metadata.uid, gistOf(task)]));
  return async (task) => {
    // Labels and notices change as well, and say nothing new to people.
    if (told.get(task.metadata.uid) === gistOf(task)) return;
    told.set(task.metadata.uid, gistOf(task));
    terminal.out(listing.row(task, connection.client.serverNow()));
  };
}

function gistOf({ status }: StoredTask): string {
  return JSON.stringify([status?.outcome, status?.attempt, status?.deadline, status?.awaiting]);
}

function formatOf({ output }: Flags): Format | undefined {
  return output === 'json' || output === 'yaml' || output === 'name' ? output : undefined;
}
