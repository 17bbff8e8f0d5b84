import type { KubeObject } from '../../src/kube/object.ts';
import { eventType } from '../../src/kube/recorder.ts';
import type { Gate } from './gate.ts';
import { until } from './until.ts';

/** An Event as the API server stores it. */
interface StoredEvent extends KubeObject {
  reason: string;
  note: string;
  reportingController?: string;
  regarding: { uid: string };
}

/** What the operator told about one object: reason and words. Tekton tells of its own objects, too. */
export async function trailOf(gate: Gate, uid: string): Promise<string[]> {
  const all = await gate.all<StoredEvent>(eventType);
  return all
    .filter(({ regarding, reportingController }) => {
      return regarding.uid === uid && reportingController === 'tekton-approvals';
    })
    .map(({ reason, note }) => `${reason}: ${note}`)
    .toSorted();
}

/** The same, once it is as much. */
export async function trailWhen(gate: Gate, uid: string, count: number): Promise<string[]> {
  return until(`${String(count)} Events about ${uid}`, async () => {
    const trail = await trailOf(gate, uid);
    return trail.length >= count && trail;
  });
}
