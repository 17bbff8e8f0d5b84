import { channelWays } from '../../api/channels.ts';
import { controllerNames, endingReasons, type Judged } from '../../controllers/telemetry.ts';
import { channels as ways, outcomes, strategies } from '../../domain/approval.ts';
import { refusalCodes } from '../../domain/refusal.ts';
import type { Group } from './description.ts';

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** What becomes of an answer. */
const verdicts: readonly Judged['verdict'][] = ['counted', ...refusalCodes];

/** Why a reconcile failed. */
export const errorCauses = [
  'unreachable',
  'conflict',
  'throttled',
  'forbidden',
  'refused',
  'serverError',
  'notLeading',
  'fault',
] as const;
export type ErrorCause = (typeof errorCauses)[number];

/** Ways by which people are told, and what one attempt can come to. */
export const noticeChannels = ['mail', ...channelWays] as const;
const noticeResults = ['sent', 'retry', 'permanent'] as const;
/** States of a notice that has not been delivered. */
export const undeliveredStates = ['waiting', 'attempting', 'failed', 'dropped'] as const;

/** What a proof of the identity policy can come to. */
export const proofStates = ['holds', 'broken', 'unknown'] as const;

export const approvals = {
  title: 'Approvals',
  metrics: {
    settled: {
      name: 'settled_total',
      type: 'counter',
      labels: { strategy: strategies, outcome: outcomes },
      help: 'Requests that were settled, each counted once by the replica that wrote the settling status.',
      advice:
        'Many `timedOut`: nobody answers in time. Look at the notices, or at the timeouts of the pipelines.',
      fromZero: true,
    },
    duration: {
      name: 'time_to_decision_seconds',
      type: 'histogram',
      labels: { strategy: strategies, outcome: outcomes },
      help: 'From the creation of a request to what settled it: the answer, the deadline, the cancel.',
      advice: 'How long people take. It says nothing about the operator.',
      buckets: [10, 30, minute, 5 * minute, 15 * minute, hour, 4 * hour, 12 * hour, day, 3 * day, 7 * day],
    },
    pending: {
      name: 'pending',
      type: 'gauge',
      labels: { strategy: strategies },
      help: 'Requests that wait for answers.',
      advice: '`kubectl get approvaltasks -A -l decision=pending` lists them.',
    },
    oldest: {
      name: 'pending_oldest_age_seconds',
      type: 'gauge',
      labels: { strategy: strategies },
      help: 'Age of the oldest request that waits for answers; 0 where none waits.',
      advice: 'Remind whoever `kubectl get approvaltasks -A -l decision=pending` shows, or cancel the run.',
    },
    overdue: {
      name: 'overdue',
      type: 'gauge',
      labels: {},
      help: 'Requests that wait although their deadline passed more than 30 seconds ago.',
      advice: 'The operator is behind: look at the leader, its queues and the errors of its calls.',
    },
    answers: {
      name: 'answers_total',
      type: 'counter',
      labels: { verdict: verdicts, via: ways },
      help: 'Answers that were judged: `counted`, or the code by which one was refused.',
      advice:
        'Each code stands in [Refusals](spec/refusals.md). Where `badSeal` rises, somebody forges answers, or keys were lost.',
      fromZero: true,
    },
    endedWithoutDecision: {
      name: 'runs_ended_without_decision_total',
      type: 'counter',
      labels: { reason: endingReasons },
      help: 'Runs that the operator ended although no request of theirs was settled: none was made, or it was deleted.',
      advice: 'Each reason stands in [Troubleshooting](guides/troubleshooting.md).',
      fromZero: true,
    },
  },
} as const satisfies Group;

export const notifications = {
  title: 'Notices',
  metrics: {
    attempts: {
      name: 'notifications_total',
      type: 'counter',
      labels: { channel: noticeChannels, result: noticeResults },
      help: 'Attempts to send: `sent`, `retry` (will be tried again), `permanent` (refused for good).',
      advice:
        'The log line `notice not sent yet` says why. What helps: [Notifications](guides/notifications.md#when-something-is-not-delivered).',
      fromZero: true,
    },
    sending: {
      name: 'notification_duration_seconds',
      type: 'histogram',
      labels: { channel: noticeChannels },
      help: 'How long one attempt took.',
      advice: 'A slow mail server delays notices, never answers. `mail.atOnce` sends more at a time.',
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 60],
    },
    undelivered: {
      name: 'notifications_undelivered',
      type: 'gauge',
      labels: { channel: noticeChannels, state: undeliveredStates },
      help: 'Notices that have not been delivered: of waiting requests, and what is still tried of those that have ended.',
      advice: 'The condition `NotificationsDelivered` of each request says which of its people, and why.',
    },
    undeliveredAge: {
      name: 'notifications_undelivered_oldest_age_seconds',
      type: 'gauge',
      labels: { channel: noticeChannels },
      help: 'For how long the oldest notice that is still being tried has been owed; 0 where there is none.',
      advice:
        'People do not know that they are asked, or how it ended. Mend the channel, or tell them yourself.',
    },
    channelsBroken: {
      name: 'channels_broken',
      type: 'gauge',
      labels: {},
      help: '1 where the document of channels is not in force as it stands, else 0.',
      advice:
        'The log line `channels: what was in force before stays` names each problem. See [Notifications](guides/notifications.md#the-document-of-channels).',
    },
  },
} as const satisfies Group;

export const people = {
  title: 'People directory',
  metrics: {
    broken: {
      name: 'people_directory_broken',
      type: 'gauge',
      labels: {},
      help: '1 where the ConfigMap of the people directory is not in force as it stands, else 0.',
      advice:
        'The log line `people directory` and an Event on the ConfigMap name each problem. What was good before stays in force; without it this replica is not ready. See [People](guides/people.md).',
    },
    persons: {
      name: 'people_directory_persons',
      type: 'gauge',
      labels: {},
      help: 'Persons of the directory that is in force.',
      advice: 'All replicas show the same, `people.pollMs` after a change at the latest.',
    },
  },
} as const satisfies Group;

export const controllers = {
  title: 'Controllers',
  metrics: {
    leader: {
      name: 'leader',
      type: 'gauge',
      labels: {},
      help: '1 on the replica that leads, else 0.',
      advice: 'The sum over all replicas is 1. At 0 nothing is decided: look at the log and at the Lease.',
    },
    ready: {
      name: 'ready',
      type: 'gauge',
      labels: {},
      help: '1 where /readyz says that this replica can work, else 0.',
      advice: 'The answer of /readyz names what is missing, and so does the log.',
    },
    depth: {
      name: 'queue_depth',
      type: 'gauge',
      labels: { queue: controllerNames },
      help: 'Keys that wait to be reconciled now.',
      advice: 'May be high for seconds after a start. Where it stays high, raise `controller.atOnce`.',
    },
    age: {
      name: 'queue_oldest_age_seconds',
      type: 'gauge',
      labels: { queue: controllerNames },
      help: 'For how long the key that came first has been waiting.',
      advice: 'Above some seconds the gates lag behind: look at the duration of calls and of reconciles.',
    },
    failing: {
      name: 'queue_failing',
      type: 'gauge',
      labels: { queue: controllerNames },
      help: 'Keys whose last reconcile failed; each is tried again.',
      advice: 'The log line `reconcile failed, will try again` names the objects.',
    },
    reconciles: {
      name: 'reconcile_duration_seconds',
      type: 'histogram',
      labels: { controller: controllerNames, result: ['ok', 'error'] },
      help: 'How long one reconcile took, calls to the API server included.',
      advice: 'Compare with the duration of calls: if those are fast, it is the operator.',
      buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      fromZero: true,
    },
    errors: {
      name: 'reconcile_errors_total',
      type: 'counter',
      labels: { controller: controllerNames, cause: errorCauses },
      help: 'Reconciles that failed: the API server was `unreachable`, found a `conflict`, asked to wait (`throttled`), missed a right (`forbidden`), `refused`, or broke (`serverError`); the Lease was lost (`notLeading`); or the operator has a `fault`.',
      advice:
        '`forbidden`: compare the roles with `k8s/20-rbac-operator.yaml`. `fault`: report it, with the log.',
      fromZero: true,
    },
    proofs: {
      name: 'policy_proofs_total',
      type: 'counter',
      labels: { result: proofStates },
      help: 'Proofs of the identity policy: it `holds`, is `broken` (a forgery was accepted), or it could not be found out.',
      advice:
        '`broken`: install `k8s/40-policy-identity.yaml` again. Answers through Kubernetes do not count meanwhile.',
      fromZero: true,
    },
    proven: {
      name: 'policy_proof_last_success_timestamp_seconds',
      type: 'gauge',
      labels: {},
      help: 'When this replica last proved that the identity policy holds; 0: never. Only the leader tries.',
      advice: 'The leader tries at least every `controller.policyProofMs`. The log says why it failed.',
    },
    namespaces: {
      name: 'policy_proof_namespaces',
      type: 'gauge',
      labels: { state: proofStates },
      help: 'Namespaces by what the last proof of the identity policy in each came to; 0 on replicas that do not lead. Each in which requests wait, or in which it was tried before, is tried every `controller.policyProofMs`, up to a hundred in that time.',
      advice:
        '`broken`: the binding leaves namespaces out, only audits, or is gone. Answers through Kubernetes do not count there; the log names the namespaces.',
    },
  },
} as const satisfies Group;
