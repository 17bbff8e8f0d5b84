import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { apiVersion, approvalTaskKind } from '../../src/api/names.ts';
import { approvalTasks, namespaces } from '../../src/api/resources.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { isForbidden, isNotFound } from '../../src/kube/error.ts';
import { Api } from '../../test/control-plane/api.ts';
import { startControlPlane, type ControlPlane } from '../../test/control-plane/control-plane.ts';
import { existingCluster } from '../../test/control-plane/existing.ts';
import { applyInstallation } from '../../test/control-plane/installation.ts';
import { endRequested } from '../../test/control-plane/interruption.ts';
import { createNamespace } from '../../test/control-plane/namespace.ts';
import { elapsedText, toStderr } from '../../test/control-plane/progress.ts';
import { FormClient } from '../../test/fakes/form-client.ts';
import { linkIn } from '../../test/fakes/mailed-link.ts';
import { startMailbox, type Mail } from '../../test/fakes/smtp-server.ts';
import { mustBeAlone } from './alone.ts';
import { Chats, type Wanted } from './chat.ts';
import { Cleanups } from './cleanup.ts';
import { CommandLine } from './commandline.ts';
import { startOperator } from './operator.ts';
import { heading, say, showBranches, showMail, showTimeline } from './output.ts';
import { startSample } from './sample.ts';
import { startTimeline, type FinishedRun, type Moment } from './timeline.ts';

const usage = `Usage: npm run demo [-- OPTIONS]

Runs a pipeline that waits for a person: Kubernetes and Tekton on this machine, the operator under its own
ServiceAccount, a mailbox in this terminal, and you.

  --auto              decide as a browser would, and end
  --cli               with --auto: decide with the command-line tool
  --slack, --teams    tell a channel of Slack or of Teams as well: stand-ins on this machine, which show the cards
  --kubeconfig FILE   use this running cluster, Tekton included, instead of starting one
  --help              show this text`;

interface Stage {
  readonly controlPlane: ControlPlane;
  readonly client: KubeClient;
  readonly signal: AbortSignal;
  readonly auto: boolean;
  readonly cli: boolean;
  readonly chats: Wanted;
  readonly cleanups: Cleanups;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      auto: { type: 'boolean', default: false },
      cli: { type: 'boolean', default: false },
      slack: { type: 'boolean', default: false },
      teams: { type: 'boolean', default: false },
      kubeconfig: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return say(usage);
  const signal = endRequested();
  const cleanups = new Cleanups();
  try {
    const controlPlane = await openCluster(values.kubeconfig, signal);
    cleanups.add('the control plane', async () => controlPlane.stop());
    const client = KubeClient.load(controlPlane.kubeconfig);
    cleanups.add('the connection to the API server', async () => client.close());
    const { auto, cli, slack, teams } = values;
    await play({ controlPlane, client, signal, auto, cli, chats: { slack, teams }, cleanups });
  } catch (error) {
    // Ending by request is what the signal asked for, at whatever moment it came.
    if (signal.aborted) process.exitCode = 130;
    else fail(error);
  } finally {
    for (const failure of await cleanups.run()) fail(failure);
  }
}

/** Tells what went wrong; the demo still ends in order, and with code 1. */
function fail(error: unknown): void {
  toStderr(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

async function openCluster(kubeconfig: string | undefined, signal: AbortSignal): Promise<ControlPlane> {
  if (kubeconfig !== undefined) return existingCluster(path.resolve(kubeconfig));
  return startControlPlane({ progress: toStderr, signal });
}

async function play(stage: Stage): Promise<void> {
  const { controlPlane, client, signal, cleanups } = stage;
  const start = performance.now();
  await applyInstallation(controlPlane.kubeconfig);
  const mailbox = await startMailbox();
  cleanups.add('the mailbox', async () => mailbox.close());
  const chats = await Chats.open(stage.chats, cleanups);
  await mustBeAlone(client);
  const namespace = await openNamespace(stage);
  await warmUp(client, namespace);
  const operator = await startOperator({
    kubeconfig: controlPlane.kubeconfig,
    mailPort: mailbox.port,
    namespace,
    more: chats.settings(),
    signal,
  });
  cleanups.add('the operator', async () => operator.stop());
  toStderr(`operator ready in ${elapsedText(performance.now() - start)}, as its own ServiceAccount`);

  const run = await startSample(client, namespace, chats.parameters());
  const timeline = startTimeline({ client, namespace, run, signal });
  heading(`PipelineRun ${run} of pipeline deploy has started in namespace ${namespace}`);
  const mail = await interruptible(
    mailbox.waitFor((one) => one.to.includes('approver@example.com')),
    signal,
  );
  heading('A mail has arrived');
  showMail(mail);
  await showCards(stage, chats, run);
  const commandLine = await CommandLine.open({
    client,
    kubeconfig: controlPlane.kubeconfig,
    namespace,
    cleanups,
  });
  if (!stage.auto) invite(commandLine.commands(`${run}/approve`));
  else timeline.note(stage.cli ? decideByCommand(commandLine, run) : await decide(mail));
  tell(stage, await timeline.done, timeline.moments);
  await showEnd(stage, chats, run);
}

/** What became of it, and when. */
function tell({ controlPlane, auto }: Stage, ended: FinishedRun, moments: readonly Moment[]): void {
  heading('What the pipeline did');
  showBranches(ended);
  if (controlPlane.logsDir !== undefined) {
    say(
      '  This cluster has no nodes: a stand-in for the kubelet completed the pods, so no script really ran.',
    );
  }
  heading('When, seen from here');
  showTimeline(moments);
  if (auto) mustBeDeployed(ended);
}

/** Waits until every chat was asked, and says where that can be seen. */
async function showCards({ auto, signal }: Stage, chats: Chats, run: string): Promise<void> {
  if (chats.isEmpty) return;
  await chats.hear(run, ['Approval needed'], signal);
  heading(`A card has arrived, too: ${auto ? 'shown until the demo ends' : 'look at it in a browser'}`);
  for (const page of chats.pages()) say(`  ${page}`);
}

const closingTitles = ['Approved', 'Rejected', 'No answer in time', 'No longer needed'];

/** Waits until every chat says how it ended. Somebody who watches then gets the time to look. */
async function showEnd({ auto, signal }: Stage, chats: Chats, run: string): Promise<void> {
  if (chats.isEmpty) return;
  await chats.hear(run, auto ? ['Approved'] : closingTitles, signal);
  heading('The card says how it ended');
  if (auto) return;
  for (const page of chats.pages()) say(`  ${page}`);
  heading('Reload the page to see it. Ctrl-C ends the demo.');
  if (!signal.aborted) await once(signal, 'abort');
}

/** A namespace of the demo's own, removed at the end. */
async function openNamespace({ controlPlane, client, cleanups }: Stage): Promise<string> {
  const name = `approvals-demo-${randomBytes(3).toString('hex')}`;
  const api = new Api(controlPlane.kubeconfig);
  cleanups.add(`namespace ${name}`, async () => removeNamespace(client, name));
  await createNamespace(api, name).finally(() => api.close());
  return name;
}

/** It may never have been made: its cleanup is there before it, for an interruption in between. */
async function removeNamespace(client: KubeClient, name: string): Promise<void> {
  try {
    await client.delete(namespaces, name);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/**
 * The API server holds up the first objects of a new kind for about two seconds after it learnt the kind. Here that is
 * over before the clock of the timeline starts, as it is in a cluster that was installed earlier.
 */
async function warmUp(client: KubeClient, namespace: string): Promise<void> {
  const metadata = { name: 'warm-up', namespace };
  const task = { apiVersion, kind: approvalTaskKind, metadata, spec: {} };
  try {
    await client.create(approvalTasks, task, { dryRun: true });
  } catch (error) {
    // That nobody may make one by hand is said after the kind was learnt.
    if (!isForbidden(error)) throw error;
  }
}

function invite(commands: readonly string[]): void {
  heading('Open the link above in a browser on this machine, and decide. Ctrl-C ends the demo.');
  heading(
    'Or decide in another terminal, as a user of the cluster (`tkn approval` is the same, where tkn is):',
  );
  for (const command of commands) say(`  ${command}`);
}

/** As it is typed: what is printed can be pasted. */
function quoted(argument: string): string {
  return /^[\w./-]+$/u.test(argument) ? argument : `"${argument}"`;
}

/** Decides as a person in a terminal does: looks, then answers. */
function decideByCommand(commandLine: CommandLine, run: string): string {
  heading('Decided in a terminal');
  for (const args of [
    ['list'],
    ['approve', `${run}/approve`, '--yes', '--message', 'Release notes read, tests are green.'],
  ]) {
    say(`  $ tkn-approval ${args.map(quoted).join(' ')}`);
    for (const line of commandLine
      .run(...args)
      .trimEnd()
      .split('\n'))
      say(`  ${line}`);
  }
  return 'the command-line tool has said the verdict';
}

/** Decides as a browser without JavaScript does: opens the link, follows the redirect, posts the form. */
async function decide(mail: Mail): Promise<string> {
  const browser = new FormClient();
  const page = await browser.open(linkIn(mail));
  const answered = await browser.answer(page, 'approve', 'Release notes read, tests are green.');
  if (answered.status !== 200) throw new Error(`the form answered ${String(answered.status)}`);
  heading('Decided as a browser would: approve, "Release notes read, tests are green."');
  return 'the form was posted and answered';
}

function mustBeDeployed(run: FinishedRun): void {
  const ran = (run.status?.childReferences ?? []).map(({ pipelineTaskName }) => pipelineTaskName);
  const succeeded = run.status?.conditions?.[0]?.status === 'True';
  if (!succeeded || !ran.includes('deploy')) throw new Error('the pipeline did not take the approved branch');
}

async function interruptible<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return Promise.race([
    work,
    new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('ended on request')), { once: true });
    }),
  ]);
}

try {
  await main();
} catch (error) {
  fail(error);
}
