import { verifyTask } from '../api/audit.ts';
import type { AuditReport } from '../api/audit.ts';
import type { CustomRun } from '../api/tekton.ts';
import { sha256 } from '../identity/hash.ts';
import { isForbidden, isNotFound } from '../kube/error.ts';
import type { KubeObject, ResourceType } from '../kube/object.ts';
import type { Run } from './commands.ts';
import { connected } from './connection.ts';
import type { Connection } from './connection.ts';
import { exitCodes } from './exitcode.ts';
import { requestNamed } from './request.ts';
import type { StoredTask } from './request.ts';
import { customRuns, pipelineRuns } from '../api/resources.ts';
import { attempt } from './trouble.ts';
import { visible } from './visible.ts';
import { listed, titleOf } from './words.ts';

/** Computes the audit digest of a request again and compares it with what its runs have published. */
export const run: Run = async ({ terminal, flags, names: [name = ''] }) =>
  connected(flags, async (connection) => {
    const task = await requestNamed(connection, name);
    const { customRunRef, pipelineRun } = task.spec;
    const [published, whole] = await attempt(
      connection,
      { what: 'read the runs of the request', remedy: 'the ClusterRole view allows it, bound there' },
      async () =>
        Promise.all([
          read(connection, customRuns, customRunRef),
          read(connection, pipelineRuns, pipelineRun),
        ]),
    );
    const report = verifyTask(
      {
        task,
        ...(published.object === undefined ? {} : { run: published.object as CustomRun & KubeObject }),
        ...(whole.object === undefined ? {} : { pipelineRun: whole.object }),
      },
      sha256,
    );
    const missing = [published, whole].flatMap((found) => found.missing ?? []);
    terminal[report.ok ? 'out' : 'err'](reportText(task, report, missing.length > 0));
    for (const sentence of missing) terminal.err(`${sentence}\n`);
    if (!report.ok) return exitCodes.notIntact;
    // Not the same as done: a record computed again as a whole fits in itself, and whoever did that may delete a run.
    return missing.length > 0 ? exitCodes.notCompared : exitCodes.done;
  });

/** What a report says, in lines for people. */
function reportText(task: StoredTask, report: AuditReport, isPartial: boolean): string {
  const title = titleOf(task);
  if (!report.ok) return `${title} does not fit: ${visible(report.sentence)}\n`;
  const records = `${String(report.records)} ${report.records === 1 ? 'record' : 'records'}`;
  const elsewhere = publishedText(report.published, isPartial);
  return `${title}: ${records}, all of which fit. Audit digest ${report.head}\n${elsewhere}`;
}

/** Of a run that could not be read nobody can say that it has published nothing. */
function publishedText(published: readonly string[], isPartial: boolean): string {
  if (published.length > 0) return `The same was published by ${listed(published, 'and')}.\n`;
  return isPartial ? '' : 'No run has published it yet.\n';
}

interface Found {
  readonly object?: KubeObject;
  /** Why there is nothing to compare with. */
  readonly missing?: string;
}

/** A run is compared only where it is the one that asked: another of its name has published something else. */
async function read(
  { client, namespace }: Connection,
  type: ResourceType,
  ref: { readonly name: string; readonly uid: string } | undefined,
): Promise<Found> {
  if (ref === undefined) return {};
  try {
    const { object } = await client.get<KubeObject>(type, `${namespace}/${ref.name}`);
    if (object.metadata.uid === ref.uid) return { object };
    return { missing: `Not compared with the ${type.kind}: another one has its name now` };
  } catch (error) {
    if (isNotFound(error)) return { missing: `Not compared with the ${type.kind}: it is gone` };
    if (isForbidden(error)) return { missing: `Not compared with the ${type.kind}: you may not read it` };
    throw error;
  }
}
