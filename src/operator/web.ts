import { randomBytes } from 'node:crypto';
import type { ApprovalDecision } from '../api/approvaldecision.ts';
import type { ApprovalTask } from '../api/approvaltask.ts';
import type { Channels } from '../api/channels.ts';
import type { Config } from '../config.ts';
import { indexes } from '../controllers/caches.ts';
import type { ControllerContext } from '../controllers/context.ts';
import { readLive } from '../controllers/owner.ts';
import { approvalDecisions, approvalTasks } from '../api/resources.ts';
import type { KubeClient } from '../kube/client.ts';
import { isAlreadyExists, isNamespaceEnding } from '../kube/error.ts';
import { keyOf, type KubeObject } from '../kube/object.ts';
import { missingSentences } from '../notify/delivery.ts';
import type { SendNow } from '../notify/ondemand.ts';
import type { WebDeps } from '../web/context.ts';
import { runEndsAt } from './mail.ts';

/** A person waits for the page: sooner than this it is better to say that it is not known. */
const timeoutMs = 10_000;

/** What the pages are given of the rest of the operator. */
export function webDeps(
  config: Config,
  context: ControllerContext,
  { mailLink, channels }: { mailLink: SendNow; channels: () => Channels },
): WebDeps {
  const { client, caches, log } = context;
  const store: { client: Pick<KubeClient, 'get'> } = {
    client: { get: async (type, key) => client.get(type, key, { timeoutMs }) },
  };
  return {
    settings: { baseUrl: config.baseUrl },
    keys: context.keys,
    directory: context.directory,
    tasks: {
      get: (key) => caches.tasks.get(key),
      byPipelineRun: (namespace, name) =>
        caches.tasks.byIndex(indexes.pipelineRun, keyOf({ namespace, name })),
    },
    decisions: { get: (key) => caches.decisions.get(key) },
    createDecision: async (decision) => {
      try {
        await client.create(approvalDecisions, decision, { timeoutMs });
        return 'created';
      } catch (error) {
        if (isAlreadyExists(error)) return 'exists';
        if (isNamespaceEnding(error)) return 'ending';
        throw error;
      }
    },
    readDecision: async (key) => readLive<ApprovalDecision & KubeObject>(store, approvalDecisions, key),
    readTask: async (key) => readLive<ApprovalTask & KubeObject>(store, approvalTasks, key),
    mailLink,
    pipelineEnd: (task) => runEndsAt(context, task),
    untold: (task) => missingSentences(task, channels()),
    now: () => client.serverNow(),
    random: randomBytes,
    log,
  };
}
