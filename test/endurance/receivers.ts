import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { dump } from 'js-yaml';
import type { Channel } from '../../src/notify/notice.ts';
import type { Post } from '../fakes/inbox.ts';
import { startSlack, type FakeSlack, type SlackCall } from '../fakes/slack.ts';
import { openTeams, type Teams } from '../fakes/teams.ts';
import { openWebhookReceiver, type WebhookReceiver } from '../fakes/webhook-receiver.ts';
import { scratchFolder } from '../scratch.ts';
import type { MortalOperator } from './mortal-operator.ts';

/** A notice as it came in, every copy of it. */
export interface Arrival {
  readonly channel: Channel;
  readonly target: string;
  /** The number of its request: the first one is r1. */
  readonly about: number;
  /** What a person reads first; an event's id, by which a system tells copies. */
  readonly what: string;
  /** For an event: its request, attempt, type, and whose answer it tells. */
  readonly event?: { readonly attempt: number; readonly says: string };
  /** Which process sent it. */
  readonly client: string;
  /** When it came, in the proxy's count. */
  readonly at: number;
  /** The same by the clock, in milliseconds. */
  readonly time: number;
}

/** Channels that every request is told to. */
export const teamChannels = [
  { channel: 'slack', target: 'releases' },
  { channel: 'slack', target: 'ops' },
  { channel: 'teams', target: 'releases' },
] as const;

const secret = `whsec_${Buffer.alloc(32, 6).toString('base64')}`;

interface EventBody {
  readonly type: string;
  readonly data: {
    readonly name: string;
    readonly attempt: number;
    readonly step: number;
    readonly responses: readonly { readonly person: string }[];
  };
}

/** One receiver of each kind beside the mail server, each strict, and each as slow as the test says. */
export class Receivers {
  readonly arrivals: Arrival[] = [];
  /** How long a receiver thinks before it says yes to what it has taken, in milliseconds. */
  takesMs: () => number = () => 0;
  /** Whose notices these are. To be set before anything is sent. */
  operator: MortalOperator | undefined;
  readonly #slack: FakeSlack;
  readonly #teams: Teams;
  readonly #audit: WebhookReceiver;

  private constructor(parts: { slack: FakeSlack; teams: Teams; audit: WebhookReceiver }) {
    this.#slack = parts.slack;
    this.#teams = parts.teams;
    this.#audit = parts.audit;
  }

  static async open(): Promise<Receivers> {
    const ready = Promise.withResolvers<Receivers>();
    const [slack, teams, audit] = await Promise.all([
      startSlack({ script: async (call) => (await ready.promise).#inSlack(call) }),
      openTeams({ script: async (post) => (await ready.promise).#inTeams(post) }),
      openWebhookReceiver({
        secrets: [secret],
        script: async (post) => (await ready.promise).#atAudit(post),
      }),
    ]);
    const receivers = new Receivers({ slack, teams, audit });
    ready.resolve(receivers);
    return receivers;
  }

  /** What the operator has to be told to send everything here. */
  get settings(): Readonly<Record<string, string>> {
    const file = path.join(scratchFolder('channels-'), 'channels.yaml');
    const document = {
      slack: {
        releases: { webhookUrl: this.#slack.webhookUrl },
        ops: { botToken: this.#slack.botToken, conversation: this.#slack.conversation },
      },
      teams: { releases: { webhookUrl: this.#teams.webhookUrl } },
      webhook: { audit: { url: this.#audit.url, secrets: [secret] } },
      defaults: {
        everywhere: { slack: ['releases', 'ops'], teams: ['releases'], webhook: ['audit'] },
      },
    };
    writeFileSync(file, dump(document));
    return {
      CHANNELS_FILE: file,
      CHANNELS_SLACK_API_URL: this.#slack.apiUrl,
      EGRESS_ALLOW: '127.0.0.1',
    };
  }

  /** Words that must stand nowhere. */
  get secrets(): readonly string[] {
    const { pathname, searchParams } = new URL(this.#teams.webhookUrl);
    return [
      secret.slice('whsec_'.length),
      this.#slack.botToken,
      new URL(this.#slack.webhookUrl).pathname,
      new URL(this.#audit.url).pathname,
      pathname,
      searchParams.get('sig') ?? '',
    ];
  }

  async close(): Promise<void> {
    await Promise.all([this.#slack.close(), this.#teams.close(), this.#audit.close()]);
  }

  /** A message that is changed is none that comes. */
  async #inSlack({ to, body }: SlackCall): Promise<undefined> {
    const { text } = JSON.parse(body) as { text: string };
    const target = to.startsWith('chat.') ? 'ops' : 'releases';
    if (to !== 'chat.update') this.#note({ channel: 'slack', target, what: titleIn(text) }, body);
    await pause(this.takesMs());
  }

  async #inTeams({ body }: Post): Promise<undefined> {
    const title = /"fallbackText":"(?<title>[^."]*)\./u.exec(body)?.groups?.['title'] ?? '';
    this.#note({ channel: 'teams', target: 'releases', what: title }, body);
    await pause(this.takesMs());
  }

  async #atAudit({ headers, body }: Post): Promise<undefined> {
    const { type, data } = JSON.parse(body) as EventBody;
    const { attempt, step, responses } = data;
    const whose = type === 'approval.responded' ? (responses[0]?.person ?? '') : String(step);
    const event = { attempt, says: `${type} ${whose}` };
    this.#note(
      { channel: 'webhook', target: 'audit', what: String(headers['webhook-id']), event },
      data.name,
    );
    await pause(this.takesMs());
  }

  #note(arrived: Pick<Arrival, 'channel' | 'target' | 'what' | 'event'>, text: string): void {
    const { operator } = this;
    if (operator === undefined) throw new Error('nobody is known to send anything');
    const about = Number(/\br(?<number>[0-9]+)-/u.exec(text)?.groups?.['number']);
    const { sender: client } = operator;
    this.arrivals.push({ ...arrived, about, client, at: operator.proxy.stamp(), time: Date.now() });
  }
}

/** The few words that a message begins with. */
function titleIn(text: string): string {
  return text.split('.')[0] ?? '';
}
