import type { Group } from './description.ts';

/** Kinds that are watched. */
export const watchedKinds = [
  'CustomRun',
  'PipelineRun',
  'ApprovalTask',
  'ApprovalDecision',
  'Namespace',
] as const;

/** Why a watch began anew. */
export const restartCauses = [
  'closed',
  'silent',
  'broken',
  'expired',
  'throttled',
  'refused',
  'serverError',
] as const;
export type RestartCause = (typeof restartCauses)[number];

export const verbs = ['get', 'list', 'watch', 'create', 'patch', 'delete', 'post'] as const;

/** Methods that pages are asked for with; whatever else comes is `other`. */
export const methods = ['GET', 'HEAD', 'POST', 'other'] as const;

export const apiServer = {
  title: 'API server',
  metrics: {
    requests: {
      name: 'api_requests_total',
      type: 'counter',
      labels: {
        verb: verbs,
        resource: 'plural names of kinds',
        code: 'HTTP status; `none` where no whole answer came',
      },
      help: 'Calls to the API server that ended; a watch counts when it begins.',
      advice:
        '409 now and then is normal. 403: a right is missing. 429: the server protects itself. `none`: it is away.',
    },
    duration: {
      name: 'api_request_duration_seconds',
      type: 'histogram',
      labels: { verb: verbs },
      help: 'From sending a call to its whole answer; of a watch to the head of the answer.',
      advice: 'What is slow here makes every gate slow: look at the API server, its webhooks and etcd.',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    },
    limited: {
      name: 'api_rate_limit_wait_seconds',
      type: 'histogram',
      labels: {},
      help: 'How long calls waited for the limit `api.requestsPerSecond`; those that did not wait are not counted.',
      advice: 'Where it keeps rising, raise `api.requestsPerSecond` and `api.burst`.',
      buckets: [0.005, 0.025, 0.1, 0.5, 1, 5, 30],
    },
    restarts: {
      name: 'watch_restarts_total',
      type: 'counter',
      labels: { kind: watchedKinds, cause: restartCauses },
      help: 'Watches that ended and began anew. `closed` is normal, every 5 to 10 minutes.',
      advice:
        '`silent` and `broken`: a proxy or the network cuts connections. `expired`: the server is overloaded.',
      fromZero: true,
    },
    synced: {
      name: 'cache_synced',
      type: 'gauge',
      labels: { kind: watchedKinds },
      help: '1 where the first list of this kind has been read, else 0.',
      advice: 'Nothing is decided before all are 1. The log line `watch interrupted` says why one is not.',
    },
    objects: {
      name: 'cache_objects',
      type: 'gauge',
      labels: { kind: watchedKinds },
      help: 'Objects of this kind that are held in memory.',
      advice:
        'Memory grows with it. Ended runs are kept for as long as they exist in the cluster, with little of each.',
    },
  },
} as const satisfies Group;

export const processes = {
  title: 'Process',
  metrics: {
    eventLoop: {
      name: 'event_loop_delay_seconds',
      type: 'histogram',
      labels: {},
      help: 'The longest delay of the event loop in each five seconds.',
      advice: 'Above a second pages are slow and the Lease is in danger: give it more CPU.',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    },
    pages: {
      name: 'web_requests_total',
      type: 'counter',
      labels: {
        method: methods,
        route: 'pattern of the path; `none` where there is no such page',
        status: 'HTTP status',
      },
      help: 'Requests to the form that were answered.',
      advice: '503: no keys, or the API server is away. Many 404, 410 or 429: somebody tries links.',
    },
    build: {
      name: 'build_info',
      type: 'gauge',
      labels: { version: 'version of the operator' },
      help: 'Always 1; the label says what runs.',
      advice: 'Two versions at a time only while an upgrade rolls out.',
    },
  },
} as const satisfies Group;
