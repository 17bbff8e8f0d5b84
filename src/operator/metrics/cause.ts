import { NotLeading } from '../../controllers/context.ts';
import { KubeError } from '../../kube/error.ts';
import type { RestartCause } from './plumbing.ts';
import type { ErrorCause } from './work.ts';

/** Why a reconcile failed, in one of a few words. */
export function causeOfError(error: unknown): ErrorCause {
  if (error instanceof NotLeading) return 'notLeading';
  if (!(error instanceof KubeError)) return 'fault';
  return causeOfStatus(error.status);
}

function causeOfStatus(status: number): ErrorCause {
  switch (status) {
    case 0:
      return 'unreachable';
    case 403:
      return 'forbidden';
    case 409:
      return 'conflict';
    case 429:
      return 'throttled';
    default:
      return status >= 500 ? 'serverError' : 'refused';
  }
}

/** Why a watch began anew, in one of a few words; `why` is what the reflector says of it. */
export function causeOfRestart(why: string): RestartCause {
  switch (why) {
    case 'closed':
      return 'closed';
    case 'Timeout':
      return 'silent';
    case '410':
      return 'expired';
    case '429':
      return 'throttled';
    default:
      return causeOfRefusal(why);
  }
}

function causeOfRefusal(why: string): RestartCause {
  if (/^4\d\d$/.test(why)) return 'refused';
  return /^5\d\d$/.test(why) ? 'serverError' : 'broken';
}
