import { randomUUID } from 'node:crypto';
import type { Config } from '../config.ts';
import { pipelineRunEnd } from '../api/pipelineend.ts';
import type { ApprovalTask } from '../api/approvaltask.ts';
import type { Channels } from '../api/channels.ts';
import type { ControllerContext } from '../controllers/context.ts';
import { sha256 } from '../identity/hash.ts';
import { Notifier } from '../controllers/notifier.ts';
import type { Instant } from '../domain/approval.ts';
import { nobodyKnown, type Directory } from '../domain/directory.ts';
import type { OpenEgress } from '../egress/guard.ts';
import type { Recipient } from '../domain/recipient.ts';
import { approvalUrl, linkFor } from '../identity/url.ts';
import { createSendNow, type SendNow } from '../notify/ondemand.ts';
import type { Provider } from '../notify/provider.ts';
import { unreachable, type Reach } from '../notify/recipients.ts';
import { providersBy } from './providers.ts';
import { createMailProvider } from './mailprovider.ts';

/** What of the install bears on mail, put together once. */
export interface Mailing {
  readonly notifier: Notifier;
  readonly sendNow: SendNow;
}

/** What may change while the operator runs. */
export interface InForce {
  readonly directory: ControllerContext['directory'];
  readonly channels: () => Channels;
}

/** Whom the install's settings allow to be told, of what and by which ways. */
function reachOf({ mail, reminders }: Config, directory: Directory, channels: Channels): Reach {
  const { allowedDomains, kinds: mailKinds } = mail;
  return { mail: mail.host !== '', mailKinds, allowedDomains, directory, channels, reminders };
}

/** Listed people whom no channel reaches. */
export function unreachableBy(config: Config, inForce: InForce): ControllerContext['unreachable'] {
  const { directory, channels } = inForce;
  return (task) => unreachable(task, reachOf(config, directory() ?? nobodyKnown, channels()));
}

/** When the task's PipelineRun ends by itself, as far as the cache tells. */
export function runEndsAt(
  context: Pick<ControllerContext, 'caches'>,
  task: ApprovalTask,
): Instant | undefined {
  const { pipelineRun } = task.spec;
  const run =
    pipelineRun && context.caches.pipelineRuns.get(`${task.metadata.namespace ?? ''}/${pipelineRun.name}`);
  return run?.metadata.uid === pipelineRun?.uid && run !== undefined ? pipelineRunEnd(run) : undefined;
}

function linkMaker(
  config: Config,
  { keys, client }: ControllerContext,
): (task: ApprovalTask, recipient: Recipient) => string {
  return (task, recipient) => {
    const ring = keys();
    if (ring === undefined) throw new Error('no signing keys');
    return linkFor({
      ring,
      task,
      recipient,
      now: client.serverNow(),
      baseUrl: config.baseUrl,
      ttlMs: config.links.ttlMs,
      minAssurance: config.minAssurance[task.spec.strategy],
    });
  };
}

/** Long enough for a status and what follows it, and too short for anybody to notice. */
const noticePauseMs = 200;

interface MailingParts {
  readonly channels: () => Channels;
  readonly egress: OpenEgress;
  /** Makes of a provider one whose attempts are counted. */
  readonly watched: (provider: Provider) => Provider;
}

/** Wires the notifier and the mail on demand; both send through what `watched` makes of the provider. */
export function createMailing(
  config: Config,
  context: ControllerContext,
  { channels, egress, watched }: MailingParts,
): Mailing {
  const { client, log } = context;
  const provider = watched(createMailProvider(config, { log, egress }));
  const now = (): Instant => client.serverNow();
  const endOf = (task: ApprovalTask): Instant | undefined => runEndsAt(context, task);
  const common = {
    reach: (): Reach | undefined => {
      const directory = context.directory();
      return directory && { ...reachOf(config, directory, channels()), runEndsAt: endOf };
    },
    link: linkMaker(config, context),
    runEndsAt: endOf,
    now,
    hash: sha256,
    minAssurance: config.minAssurance,
  };
  const notifier = new Notifier({
    ...common,
    client,
    recorder: context.recorder,
    log,
    telemetry: context.telemetry,
    isLeader: context.isLeader,
    task: (key) => context.caches.tasks.get(key),
    provider: providersBy({
      mail: provider,
      channels,
      egress,
      source: config.baseUrl,
      slackApiUrl: config.channels.slackApiUrl,
      now,
      watched,
    }),
    url: (task) => approvalUrl(config.baseUrl, task.metadata.namespace ?? '', task.metadata.name),
    random: Math.random,
    pauseMs: noticePauseMs,
    atOnce: config.mail.atOnce,
    perNamespaceHour: config.mail.perNamespaceHour,
  });
  const onFailure = (task: ApprovalTask, why: string): void =>
    log.warn(
      { task: task.metadata.name, namespace: task.metadata.namespace, why },
      'mail on demand was not sent',
    );
  return { notifier, sendNow: createSendNow({ ...common, provider, freshId: randomUUID, onFailure }) };
}
