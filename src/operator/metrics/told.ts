import type { ControllerName, ProofTally, QueueView, Telemetry } from '../../controllers/telemetry.ts';
import type { RequestReport } from '../../kube/call.ts';
import type { Provider } from '../../notify/provider.ts';
import type { Answered } from '../../web/context.ts';
import { causeOfError, causeOfRestart } from './cause.ts';
import type { Instruments } from './instrument.ts';
import { apiServer, methods, processes, verbs, watchedKinds } from './plumbing.ts';
import { approvals, controllers, notifications } from './work.ts';

/** What the controllers told that is not counted but looked at. */
export interface Noted {
  readonly queues: Map<ControllerName, QueueView>;
  /** When the policy was last proven, in seconds since the epoch; 0: never. */
  provenAt: number;
  /** What the last proofs came to. */
  namespaces: ProofTally;
}

/** Counts what the controllers tell. */
export function createTelemetry(make: Instruments, noted: Noted): Telemetry {
  const settled = make.counter(approvals.metrics.settled);
  const duration = make.histogram(approvals.metrics.duration);
  const answers = make.counter(approvals.metrics.answers);
  const ended = make.counter(approvals.metrics.endedWithoutDecision);
  const reconciles = make.histogram(controllers.metrics.reconciles);
  const errors = make.counter(controllers.metrics.errors);
  const proofs = make.counter(controllers.metrics.proofs);
  return {
    queue: (controller, queue) => void noted.queues.set(controller, queue),
    reconciled: (controller, ms, error) => {
      reconciles({ controller, result: error === undefined ? 'ok' : 'error' }, ms / 1_000);
      if (error !== undefined) errors({ controller, cause: causeOfError(error) });
    },
    settled: ({ strategy, outcome, afterMs }) => {
      settled({ strategy, outcome });
      duration({ strategy, outcome }, afterMs / 1_000);
    },
    judged: (answer) => answers(answer),
    endedWithoutDecision: (reason) => ended({ reason }),
    proved: (result, namespaces) => {
      proofs({ result });
      noted.namespaces = namespaces;
      if (result === 'holds') noted.provenAt = Date.now() / 1_000;
    },
  };
}

/** Counts calls to the API server. */
export function countRequests(make: Instruments): (report: RequestReport) => void {
  const requests = make.counter(apiServer.metrics.requests);
  const duration = make.histogram(apiServer.metrics.duration);
  const limited = make.histogram(apiServer.metrics.limited);
  return ({ verb: called, resource, status, ms, waitedMs }) => {
    const verb = verbs.find((known) => known === called) ?? 'post';
    requests({ verb, resource, code: status === 0 ? 'none' : String(status) });
    duration({ verb }, ms / 1_000);
    if (waitedMs > 0) limited({}, waitedMs / 1_000);
  };
}

/** Counts watches that begin anew, by kind and by what the reflector says of it. */
export function countRestarts(make: Instruments): (kind: string, why: string) => void {
  const restarts = make.counter(apiServer.metrics.restarts);
  return (watched, why) => {
    const kind = watchedKinds.find((known) => known === watched);
    if (kind !== undefined) restarts({ kind, cause: causeOfRestart(why) });
  };
}

/** Counts answers of the pages. */
export function countPages(make: Instruments): (answered: Answered) => void {
  const pages = make.counter(processes.metrics.pages);
  return ({ method: asked, route, status }) => {
    const method = methods.find((known) => known === asked) ?? 'other';
    pages({ method, route, status: String(status) });
  };
}

/** The same provider, with its attempts counted. */
export function countAttempts(make: Instruments): (provider: Provider) => Provider {
  const attempts = make.counter(notifications.metrics.attempts);
  const sending = make.histogram(notifications.metrics.sending);
  return (provider) => ({
    channel: provider.channel,
    send: async (message, to, signal) => {
      const { channel } = provider;
      const started = performance.now();
      const result = await provider.send(message, to, signal);
      sending({ channel }, (performance.now() - started) / 1_000);
      attempts({ channel, result: result.kind });
      return result;
    },
  });
}
