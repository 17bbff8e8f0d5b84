import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { dump } from 'js-yaml';
import { startSlack } from '../../test/fakes/slack.ts';
import { openTeams } from '../../test/fakes/teams.ts';
import { openWebhookReceiver } from '../../test/fakes/webhook-receiver.ts';
import { createMany } from './approval.ts';
import { withMail, withoutMail } from './approvals.ts';
import type { Measured } from './operator.ts';
import { perApproval, writesOf } from './quiet.ts';
import type { Stage } from './stage.ts';
import { settledUsage, usageOf } from './usage.ts';

/** A way of telling, with a namespace whose requests are told by it. */
interface Way {
  readonly what: string;
  readonly namespace: string;
  /** How many notices its receiver has taken. */
  readonly taken: () => number;
}

/** What so many requests cost at once. */
interface Cost {
  readonly seconds: number;
  readonly cpuMs: number;
  readonly writes: number;
}

const limitMs = 300_000;

/** What notices cost beside mail: to local receivers, which answer at once. The figures have no budgets. */
export async function measureChannels(stage: Stage): Promise<void> {
  if (!stage.wants('writes-mail')) return;
  const { ways, untold, settings } = await openWays(stage);
  const operator = await stage.operatorWith(settings, untold.namespace, ...ways.map((way) => way.namespace));
  stage.options.progress('counting the writes of approvals with all their mails, and told to a system ...');
  await noteWrites(stage, { operator, untold, ways });
  const { told } = stage.options.size;
  stage.options.progress(`telling ${String(told)} requests to each kind of channel ...`);
  const plain = await tell(stage, operator, untold);
  for (const way of ways) {
    const cost = await tell(stage, operator, way);
    const more = (figure: (of: Cost) => number): string => ((figure(cost) - figure(plain)) / told).toFixed(1);
    stage.notes.push(
      `${way.what}: ${String(told)} requests at once, all told after ${cost.seconds.toFixed(1)} s (${(told / cost.seconds).toFixed(0)} a second, making them included); beyond a request that nobody is told of, each notice took ${more(({ cpuMs }) => cpuMs)} ms CPU and ${more(({ writes }) => writes)} writes.`,
    );
  }
  await operator.stop();
}

interface Opened {
  readonly ways: readonly Way[];
  readonly untold: Way;
  /** Of an operator that tells them all. */
  readonly settings: Readonly<Record<string, string>>;
}

async function openWays(stage: Stage): Promise<Opened> {
  const { cleanups } = stage.options;
  const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
  const [slack, teams, audit] = await Promise.all([
    startSlack(),
    openTeams(),
    openWebhookReceiver({ secrets: [secret] }),
  ]);
  cleanups.add('the receivers', async () => {
    await Promise.all([slack.close(), teams.close(), audit.close()]);
  });
  const ways = [
    {
      what: 'Slack, by webhook',
      namespace: await stage.namespace('slack'),
      taken: () => slack.messages().length,
    },
    { what: 'Teams', namespace: await stage.namespace('teams'), taken: () => teams.kept().length },
    {
      what: 'Webhook, signed',
      namespace: await stage.namespace('webhook'),
      taken: () => audit.kept().length,
    },
  ];
  const [inSlack = '', inTeams = '', inAudit = ''] = ways.map(({ namespace }) => namespace);
  const directory = mkdtempSync(path.join(os.tmpdir(), 'tekton-approvals-bench-'));
  cleanups.add(directory, async () => rmSync(directory, { recursive: true, force: true }));
  const file = path.join(directory, 'channels.yaml');
  const document = {
    slack: { bench: { webhookUrl: slack.webhookUrl } },
    teams: { bench: { webhookUrl: teams.webhookUrl } },
    webhook: { bench: { url: audit.url, secrets: [secret] } },
    defaults: {
      namespaces: {
        [inSlack]: { slack: ['bench'] },
        [inTeams]: { teams: ['bench'] },
        [inAudit]: { webhook: ['bench'] },
      },
    },
  };
  writeFileSync(file, dump(document));
  const untold = { what: 'nobody', namespace: await stage.namespace('untold'), taken: () => Infinity };
  return {
    ways,
    untold,
    // The quota is there for what runs wild, and this does.
    settings: { CHANNELS_FILE: file, EGRESS_ALLOW: '127.0.0.1', MAIL_PER_NAMESPACE_HOUR: '1000000' },
  };
}

async function noteWrites(
  stage: Stage,
  { operator, untold, ways }: { operator: Measured; untold: Way; ways: readonly Way[] },
): Promise<void> {
  const inUntold = await stage.watch(untold.namespace);
  const mailed = await perApproval(stage, { operator, place: inUntold, manner: withMail });
  const last = ways.at(-1) ?? untold;
  const inLast = await stage.watch(last.namespace);
  const told = await perApproval(stage, { operator, place: inLast, manner: withoutMail });
  await Promise.all([inUntold.watcher.stop(), inLast.watcher.stop()]);
  stage.notes.push(
    `API writes of an approval with the mail that asks and the one about the end: ${mailed.stored.toFixed(1)}; without mail, with all its events told to one system: ${told.stored.toFixed(1)} (refused: ${mailed.refused.toFixed(1)} and ${told.refused.toFixed(1)}).`,
  );
}

/** Makes requests all at once, and waits until each of them waits for an answer and is told. */
async function tell(stage: Stage, operator: Measured, { what, namespace, taken }: Way): Promise<Cost> {
  const { told: runs, clients } = stage.options.size;
  const place = await stage.watch(namespace);
  await settledUsage(operator.pid, stage.options.size.quietMs);
  const before = usageOf(operator.pid);
  let seconds = 0;
  const { stored, refused } = await writesOf(stage, operator, async () => {
    const wanted = taken() + runs;
    const { block } = await stage.block(
      `ours: ${String(runs)} requests told: ${what}`,
      operator.pid,
      async () => {
        const names = await createMany(place, { runs, clients, approver: withoutMail.approver });
        await Promise.all(names.map(async (name) => place.watcher.decidable(name)));
        await until(() => taken() >= wanted);
      },
    );
    ({ seconds } = block);
  });
  await place.watcher.stop();
  // What it took to record that all was sent as well.
  const cpuMs = usageOf(operator.pid).cpuMs - before.cpuMs;
  return { seconds, cpuMs, writes: stored + refused };
}

async function until(isDone: () => boolean): Promise<void> {
  const end = performance.now() + limitMs;
  while (!isDone()) {
    if (performance.now() > end) throw new Error(`not every notice came within ${String(limitMs / 1000)} s`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
