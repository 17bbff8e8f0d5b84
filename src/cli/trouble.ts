import { group, version } from '../api/names.ts';
import { isForbidden, isNotFound, KubeError } from '../kube/error.ts';
import type { Connection } from './connection.ts';
import { exitCodes, Problem } from './exitcode.ts';

/** What was tried, for the sentence: `list requests in namespace team-a`. */
export interface Attempt {
  readonly what: string;
  /** Who or what allows it. */
  readonly remedy: string;
}

/** Does something at the API server; what goes wrong is thrown as a Problem that says in one line what is missing. */
export async function attempt<T>(connection: Connection, tried: Attempt, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw await problemOf(connection, tried, error);
  }
}

async function problemOf(connection: Connection, tried: Attempt, error: unknown): Promise<unknown> {
  if (!(error instanceof KubeError)) return error;
  const { server } = connection;
  if (error.status === 0) return new Problem(exitCodes.noCluster, `No cluster: ${server}: ${error.message}`);
  if (error.status === 401) {
    const sentence = `No rights: ${server} does not know who you are (401): sign in again`;
    return new Problem(exitCodes.noRights, sentence);
  }
  const isMissing = isNotFound(error) || (isForbidden(error) && !(await isServed(connection)));
  if (isMissing) {
    const sentence = `Not installed: ${server} has no ApprovalTasks; Tekton Approvals must be installed there`;
    return new Problem(exitCodes.notInstalled, sentence);
  }
  if (isForbidden(error)) {
    const user = await connection.whoAmI().then(
      (me) => me.user,
      () => 'you',
    );
    return new Problem(exitCodes.noRights, `No rights: ${user} may not ${tried.what}: ${tried.remedy}`);
  }
  return new Problem(exitCodes.failed, `Could not ${tried.what}: ${error.message}`);
}

/** Whether the API server serves our kinds. Where it does not say so, it does: RBAC refuses before a kind is looked for. */
async function isServed({ client }: Connection): Promise<boolean> {
  try {
    await client.read(`/apis/${group}/${version}`);
    return true;
  } catch (error) {
    return !isNotFound(error);
  }
}
