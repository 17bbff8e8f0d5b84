import type { ApprovalTask } from '../api/approvaltask.ts';
import { labels } from '../api/names.ts';
import { isNotFound, KubeError } from '../kube/error.ts';
import type { KubeObject } from '../kube/object.ts';
import type { Connection } from './connection.ts';
import { exitCodes, Problem } from './exitcode.ts';
import { approvalTasks } from '../api/resources.ts';
import { attempt } from './trouble.ts';
import { listed } from './words.ts';

/** A request as it is stored. */
export type StoredTask = ApprovalTask & KubeObject;

/**
 * The request of that name in the connection's namespace: an ApprovalTask's name, or PIPELINERUN/TASK. Throws a Problem
 * where there is none, or more than one.
 */
export async function requestNamed(connection: Connection, name: string): Promise<StoredTask> {
  const { namespace } = connection;
  return attempt(
    connection,
    { what: `read requests in namespace ${namespace}`, remedy: readingRemedy },
    async () => {
      const found = name.includes('/') ? await ofRun(connection, name) : await ofName(connection, name);
      if (found === undefined) {
        throw new Problem(exitCodes.notFound, `There is no request ${name} in namespace ${namespace}`);
      }
      return found;
    },
  );
}

/** Which roles let people read requests. */
export const readingRemedy =
  'the ClusterRoles tekton-approvals-approver and tekton-approvals-viewer allow it, bound there';

async function ofName({ client, namespace }: Connection, name: string): Promise<StoredTask | undefined> {
  try {
    return (await client.get<StoredTask>(approvalTasks, `${namespace}/${name}`)).object;
  } catch (error) {
    // Where the kind itself is missing, the answer names no object.
    const { kind } = (error instanceof KubeError ? (error.details ?? {}) : {}) as { kind?: string };
    if (isNotFound(error) && kind !== undefined) return undefined;
    throw error;
  }
}

async function ofRun({ client, namespace }: Connection, name: string): Promise<StoredTask | undefined> {
  const [run = '', task = '', ...more] = name.split('/');
  if (!/^[a-z0-9.-]{1,253}$/.test(run) || more.length > 0) return undefined;
  const labelSelector = run.length > 63 ? undefined : `${labels.pipelineRun}=${run}`;
  const { items } = await client.listAll<StoredTask>(approvalTasks, {
    namespace,
    ...(labelSelector === undefined ? {} : { labelSelector }),
  });
  const found = items.filter(({ spec }) => spec.pipelineRun?.name === run && spec.pipelineTask === task);
  if (found.length < 2) return found[0];
  const names = found.map(({ metadata }) => metadata.name);
  throw new Problem(
    exitCodes.usage,
    `${name} stands for several requests: name one of ${listed(names, 'and')}`,
  );
}
