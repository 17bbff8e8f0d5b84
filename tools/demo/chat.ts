import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { dump } from 'js-yaml';
import { waitFor } from '../../test/control-plane/waiting.ts';
import { startSlack } from '../../test/fakes/slack.ts';
import { openTeams } from '../../test/fakes/teams.ts';
import type { Cleanups } from './cleanup.ts';

/** Which chats are told. */
export interface Wanted {
  readonly slack: boolean;
  readonly teams: boolean;
  /** A message that has not been heard of within this time is lost; absent: a minute. */
  readonly patienceMs?: number;
}

/** A chat on this machine that takes what the real one takes, and shows it. */
interface Chat {
  readonly name: string;
  readonly port: number;
  /** The parameter by which a pipeline names one of its channels. */
  readonly parameter: string;
  /** Its part of the document of channels. */
  readonly document: object;
  /** What the operator needs to know of it besides. */
  readonly settings: Record<string, string>;
  /** What stands there now, each as JSON. */
  readonly messages: () => readonly string[];
  readonly close: () => Promise<void>;
}

/** The name under which the pipeline knows its channel, in each chat. */
const channel = 'releases';
const host = '127.0.0.1';

/** The chats of one demo, each with a channel `releases`. */
export class Chats {
  readonly #chats: readonly Chat[];
  readonly #file: string;
  readonly #patienceMs: number;

  private constructor(chats: readonly Chat[], file: string, { patienceMs = 60_000 }: Wanted) {
    this.#chats = chats;
    this.#file = file;
    this.#patienceMs = patienceMs;
  }

  /** Starts them. They are ended by `cleanups`, and what was written is removed. */
  static async open(wanted: Wanted, cleanups: Cleanups): Promise<Chats> {
    const chats: Chat[] = [];
    for (const open of [...(wanted.slack ? [openSlack] : []), ...(wanted.teams ? [openTeamsChat] : [])]) {
      const chat = await open();
      cleanups.add(chat.name, chat.close);
      chats.push(chat);
    }
    const folder = mkdtempSync(path.join(os.tmpdir(), 'tekton-approvals-channels-'));
    cleanups.add('the document of channels', async () => rmSync(folder, { recursive: true, force: true }));
    const file = path.join(folder, 'channels.yaml');
    const document: object = Object.assign({}, ...chats.map((chat) => chat.document));
    writeFileSync(file, dump(document), { mode: 0o600 });
    return new Chats(chats, file, wanted);
  }

  get isEmpty(): boolean {
    return this.#chats.length === 0;
  }

  /** What the operator is started with. */
  settings(): Record<string, string> {
    if (this.isEmpty) return {};
    const own = Object.assign({}, ...this.#chats.map(({ settings }) => settings)) as Record<string, string>;
    return {
      ...own,
      TEKTON_APPROVALS_CHANNELS_FILE: this.#file,
      TEKTON_APPROVALS_EGRESS_ALLOW: this.#chats.map(({ port }) => `${host}:${String(port)}`).join(','),
    };
  }

  /** What the pipeline says to be told there. */
  parameters(): { name: string; value: string }[] {
    return this.#chats.map(({ parameter: name }) => ({ name, value: channel }));
  }

  /** Where each shows what it got, as a line for people. */
  pages(): string[] {
    return this.#chats.map(({ name, port }) => `${name.padEnd(6)} http://${host}:${String(port)}/`);
  }

  /** Resolves once each has a message about the run with one of these titles; throws where one does not get it. */
  async hear(run: string, titles: readonly string[], signal: AbortSignal): Promise<void> {
    const isIt = (message: string): boolean =>
      message.includes(run) && titles.some((title) => message.includes(title));
    for (const { name, messages } of this.#chats)
      await waitFor(async () => messages().some(isIt), {
        what: `${name} to be told "${titles.join('" or "')}"`,
        limit: this.#patienceMs,
        signal,
      });
  }
}

/** As an app, whose message changes when the request has ended. */
async function openSlack(): Promise<Chat> {
  const slack = await startSlack();
  const { botToken, conversation, apiUrl, port, close } = slack;
  return {
    name: 'Slack',
    port,
    parameter: 'notifyOnSlack',
    document: { slack: { [channel]: { botToken, conversation } } },
    settings: { TEKTON_APPROVALS_CHANNELS_SLACK_API_URL: apiUrl },
    messages: () => slack.messages().map(({ posted }) => JSON.stringify(posted)),
    close,
  };
}

async function openTeamsChat(): Promise<Chat> {
  const teams = await openTeams();
  const { webhookUrl, port, close } = teams;
  return {
    name: 'Teams',
    port,
    parameter: 'notifyOnTeams',
    document: { teams: { [channel]: { webhookUrl } } },
    settings: {},
    messages: () => teams.kept().map((card) => JSON.stringify(card)),
    close,
  };
}
