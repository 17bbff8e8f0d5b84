import { randomBytes } from 'node:crypto';
import type { ApprovalDecision } from '../api/approvaldecision.ts';
import type { ApprovalTask } from '../api/approvaltask.ts';
import type { Config } from '../config.ts';
import { indexes } from '../controllers/caches.ts';
import type { ControllerContext } from '../controllers/context.ts';
import { readLive } from '../controllers/owner.ts';
import { approvalDecisions, approvalTasks } from '../controllers/resources.ts';
import { isAlreadyExists } from '../kube/error.ts';
import { keyOf, type KubeObject } from '../kube/object.ts';
import type { SendNow } from '../notify/ondemand.ts';
import type { WebDeps } from '../web/context.ts';
import { runEndsAt } from './mail.ts';

/** What the pages are given of the rest of the operator. */
export function webDeps(config: Config, context: ControllerContext, mailLink: SendNow): WebDeps {
  const { client, caches, log } = context;
  return {
    settings: { baseUrl: config.baseUrl },
    keys: context.keys,
    tasks: {
      get: (key) => caches.tasks.get(key),
      byPipelineRun: (namespace, name) =>
        caches.tasks.byIndex(indexes.pipelineRun, keyOf({ namespace, name })),
    },
    decisions: { get: (key) => caches.decisions.get(key) },
    createDecision: async (decision) => {
      try {
        await client.create(approvalDecisions, decision);
        return 'created';
      } catch (error) {
        if (isAlreadyExists(error)) return 'exists';
        throw error;
      }
    },
    readDecision: async (key) => readLive<ApprovalDecision & KubeObject>(context, approvalDecisions, key),
    readTask: async (key) => readLive<ApprovalTask & KubeObject>(context, approvalTasks, key),
    mailLink,
    pipelineEnd: (task) => runEndsAt(context, task),
    now: () => client.serverNow(),
    random: randomBytes,
    log,
  };
}
