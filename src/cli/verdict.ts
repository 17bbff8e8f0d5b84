import type { ApprovalDecision, ApprovalDecisionStatus } from '../api/approvaldecision.ts';
import type { KubeClient } from '../kube/client.ts';
import { pause, systemClock } from '../kube/clock.ts';
import { isNotFound } from '../kube/error.ts';
import type { KubeObject } from '../kube/object.ts';
import { approvalDecisions } from '../api/resources.ts';

/** An answer as it is stored. */
export type StoredDecision = ApprovalDecision & KubeObject;

const lookAgainMs = 1_000;

/** The operator's verdict on an answer as soon as it is there; undefined where there is none within so many milliseconds. */
export async function awaitVerdict(
  client: KubeClient,
  sent: StoredDecision,
  ms: number,
): Promise<ApprovalDecisionStatus | undefined> {
  const ending = new AbortController();
  const cancel = systemClock.after(ms, () => ending.abort());
  let known: StoredDecision | undefined = sent;
  try {
    while (known !== undefined && known.status?.verdict === undefined && !ending.signal.aborted) {
      await watched(client, known, ending.signal).catch(() => pause(systemClock, lookAgainMs, ending.signal));
      // Whatever the watch saw or missed: this is how it is now.
      known = await read(client, sent);
    }
  } finally {
    cancel();
    ending.abort();
  }
  return known?.status?.verdict === undefined ? undefined : known.status;
}

/** Ends with the first change of the answer; throws where watching does not work, for lack of rights or otherwise. */
async function watched(
  client: KubeClient,
  { metadata: { namespace = '', name, resourceVersion } }: StoredDecision,
  signal: AbortSignal,
): Promise<void> {
  const events = client.watch(approvalDecisions, {
    namespace,
    fieldSelector: `metadata.name=${name}`,
    resourceVersion,
    timeoutSeconds: 60,
    inactivityMs: 60_000,
    signal,
  });
  for await (const { type } of events) if (type !== 'BOOKMARK') return;
}

/** Undefined where the answer is gone: the operator removes those whose request is gone. */
async function read(client: KubeClient, { metadata }: StoredDecision): Promise<StoredDecision | undefined> {
  const { namespace = '', name } = metadata;
  try {
    return (await client.get<StoredDecision>(approvalDecisions, `${namespace}/${name}`)).object;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
