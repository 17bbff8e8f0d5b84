import { KubeError } from '../kube/error.ts';
import type { Key, KubeObject } from '../kube/object.ts';
import { NotLeading, type ControllerContext } from './context.ts';

/** One more failure, in a row of so many, to bring one object to its desired state. */
export interface Failure {
  readonly controller: string;
  readonly key: Key;
  readonly error: unknown;
  readonly failures: number;
  /** The object as the cache holds it; absent where it holds none. */
  readonly object: KubeObject | undefined;
  readonly apiVersion: string;
  readonly kind: string;
}

/** From this failure in a row on, half a second after the first, it is no hiccup: whoever looks at the object is told. */
const toldFrom = 6;
/**
 * So many internal errors in a row, more than a minute of them, are about the object: its size, or a webhook that breaks
 * on it. An API server that is away answers otherwise, or not at all.
 */
const internalToldFrom = 12;

/**
 * Tells of an object that cannot be reconciled: in the log, ever more rarely, and by an Event where the cause lies with
 * the object or our rights rather than with an API server that is away. So a gate never hangs without saying why.
 */
export function reportFailure(
  { log, recorder }: Pick<ControllerContext, 'log' | 'recorder'>,
  failure: Failure,
): void {
  const { controller, key, error, failures } = failure;
  if (error instanceof NotLeading) return;
  if (isPowerOfTwo(failures))
    log.warn({ controller, key, failures, ...described(error) }, 'reconcile failed, will try again');
  if (failures < toldFrom || failure.object === undefined) return;
  if (isServerAway(error) && !(isInternal(error) && failures >= internalToldFrom)) return;
  const { namespace = '', name, uid } = failure.object.metadata;
  recorder.event({
    regarding: { apiVersion: failure.apiVersion, kind: failure.kind, namespace, name, uid },
    type: 'Warning',
    reason: 'ReconcileFailed',
    action: 'Reconcile',
    note: `The approval operator cannot process this, and keeps trying: ${messageOf(error)}`,
  });
}

/** The stack of a refused call tells nothing; that of a fault of ours tells where it is. */
function described(error: unknown): object {
  if (!(error instanceof KubeError)) return { err: error };
  return { status: error.status, reason: error.reason, problem: error.message };
}

function isServerAway(error: unknown): boolean {
  if (!(error instanceof KubeError)) return false;
  return error.status === 0 || error.status === 429 || error.status >= 500;
}

function isInternal(error: unknown): boolean {
  return error instanceof KubeError && error.status === 500;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isPowerOfTwo(count: number): boolean {
  return Number.isInteger(Math.log2(count));
}
