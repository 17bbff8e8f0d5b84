import { readFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import { mergedChannels, noChannels, type Channels } from '../api/channels.ts';
import { readChannels, unknownDefaults, type ReadChannels } from '../api/channelsdocument.ts';
import type { Config } from '../config.ts';
import { configuredChannels } from '../config/channelsettings.ts';
import { Poll } from '../identity/poll.ts';
import { readYaml } from '../identity/yaml.ts';

export interface ChannelSourceOptions {
  /** Of the settings; the file's count where both name one. */
  readonly configured: Channels;
  /** The mounted document, as a Secret's key; empty: there is none. */
  readonly file: string;
  readonly pollMs: number;
  readonly log: Logger;
  /** Why no request to a URL would be sent; what is refused is told once, and again with each request that waits. */
  readonly refusal: (url: string) => string | undefined;
  /** Called whenever other channels come into force, or `problem` changes. */
  readonly onChange: () => void;
}

/**
 * Holds the channels of this install, and reads the mounted document again and again: the kubelet changes it in place when
 * the Secret changes. A document that is broken or cannot be read is told, and what was good before stays in force;
 * before that, what the settings say. A document that is not there is an empty one: the mount is optional.
 */
export class ChannelSource {
  readonly #options: ChannelSourceOptions;
  readonly #poll = new Poll(async () => this.#look());
  #channels: Channels;
  #text: string | undefined;
  #problem: string | undefined;

  constructor(options: ChannelSourceOptions) {
    this.#options = options;
    this.#channels = options.configured;
  }

  current(): Channels {
    return this.#channels;
  }

  /** Why what is in force is not what the document says; places in it, never what stands there. Undefined where it is. */
  problem(): string | undefined {
    return this.#problem;
  }

  /** Reads now and then keeps looking. Resolves after the first look, whatever it found. */
  async start(): Promise<void> {
    if (this.#options.file === '') this.#tell();
    else await this.#poll.start();
  }

  stop(): void {
    this.#poll.stop();
  }

  async #look(): Promise<number> {
    const read = await textOf(this.#options.file);
    if (!read.ok || read.text !== this.#text) {
      this.#text = read.ok ? read.text : undefined;
      this.#take(read.ok ? parsedChannels(read.text) : { ok: false, problems: [read.problem] });
    }
    return this.#options.pollMs;
  }

  #take(parsed: ReadChannels): void {
    const { log, configured, onChange } = this.#options;
    const problem = parsed.ok ? undefined : parsed.problems.join(' ');
    if (!parsed.ok && problem === this.#problem) return;
    this.#problem = problem;
    if (parsed.ok) {
      this.#channels = mergedChannels(configured, parsed.channels);
      this.#tell();
    } else log.error({ problem }, 'channels: what was in force before stays');
    onChange();
  }

  /** What is in force, with what is no mistake of the document and still tells nobody. */
  #tell(): void {
    const { log, refusal } = this.#options;
    const { slack, teams, webhook } = this.#channels;
    for (const unknown of unknownDefaults(this.#channels)) log.warn({ unknown }, 'channels');
    for (const [place, url] of addressesOf(this.#channels)) {
      const why = refusal(url);
      if (why !== undefined) log.warn({ refused: `${place}: ${why}.` }, 'channels');
    }
    log.info({ slack: slack.size, teams: teams.size, webhook: webhook.size }, 'channels in force');
  }
}

/** Where each is asked, by its place in the document. The address of Slack's Web API is a setting. */
function addressesOf({ slack, teams, webhook }: Channels): (readonly [place: string, url: string])[] {
  return [
    ...[...slack.values()].flatMap((one) =>
      'webhookUrl' in one ? [[`slack.${one.name}`, one.webhookUrl] as const] : [],
    ),
    ...[...teams.values()].map((one) => [`teams.${one.name}`, one.webhookUrl] as const),
    ...[...webhook.values()].map((one) => [`webhook.${one.name}`, one.url] as const),
  ];
}

type ReadText =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problem: string };

async function textOf(file: string): Promise<ReadText> {
  try {
    return { ok: true, text: await readFile(file, 'utf8') };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return code === 'ENOENT'
      ? { ok: true, text: '' }
      : { ok: false, problem: `The file cannot be read: ${code}.` };
  }
}

function parsedChannels(text: string): ReadChannels {
  const read = readYaml(text);
  return read.ok ? readChannels(read.value) : { ok: false, problems: [`The file ${read.problem}.`] };
}

/** The channels of this install; without any where the settings' own are wrong, which they are not once it has started. */
export function createChannels(
  config: Config,
  surroundings: Pick<ChannelSourceOptions, 'log' | 'refusal' | 'onChange'>,
): ChannelSource {
  const read = configuredChannels(config.channels);
  const { file, pollMs } = config.channels;
  return new ChannelSource({
    configured: read.ok ? read.channels : noChannels,
    file,
    pollMs,
    ...surroundings,
  });
}
