import * as z from 'zod';
import { channelKey, channelWays } from '../api/channels.ts';
import { readChannels, type ReadChannels } from '../api/channelsdocument.ts';
import type { ConfigProblem } from './setting.ts';
import { isMapping, type Settings } from './settingsfile.ts';
import { baseAddress, longestMs, milliseconds, parts, text, wholeNumber } from './value.ts';

/** How existing deployments of tekton.automatiko.io pass webhooks: one variable for each channel, whose name ends it. */
const variables = 'QUARKUS_AUTOMATIKO_NOTIFICATIONS_';
const channelVariable = new RegExp(`^${variables}(?<way>SLACK|TEAMS)_(?<name>.+)$`, 'u');

/** Puts the channels that the environment names among the settings; what is given there wins. */
export function addChannels(settings: Settings, environment: NodeJS.ProcessEnv): void {
  if (environment[`${variables}DISABLED`] === 'true') return;
  for (const [variable, webhookUrl] of Object.entries(environment)) {
    const { way, name } = channelVariable.exec(variable)?.groups ?? {};
    if (way === undefined || name === undefined || webhookUrl === '') continue;
    const channels = sectionOf(sectionOf(settings, 'channels'), way.toLowerCase());
    const isGiven = Object.keys(channels).some((one) => channelKey(one) === channelKey(name));
    if (!isGiven) channels[name] = { webhookUrl };
  }
}

/** A problem under the name of the variable as well, where the channel came by one: nobody else knows it by its place. */
export function withVariable(
  { setting, problem }: ConfigProblem,
  environment: NodeJS.ProcessEnv,
): ConfigProblem {
  const { way, name } =
    /^channels\.(?<way>slack|teams)\.(?<name>.+)\.webhookUrl$/u.exec(setting)?.groups ?? {};
  const variable = `${variables}${String(way?.toUpperCase())}_${String(name)}`;
  return { setting: variable in environment ? `${setting} (${variable})` : setting, problem };
}

/** A section, made where there is none. What else stands in its place is a mistake, and stays to be reported. */
function sectionOf(settings: Settings, name: string): Settings {
  const section = (settings[name] ??= {});
  return isMapping(section) ? section : {};
}

/** Where the channels are; the parts of their document may stand here as well, and those of the file win. */
export const channelsSection = z
  .strictObject({
    /** The document of channels, a mounted key of a Secret; empty: there is none. */
    file: text.default(''),
    pollMs: milliseconds.default(10_000),
    /** Base of Slack's Web API. */
    slackApiUrl: baseAddress.default('https://slack.com/api'),
    slack: z.unknown().optional(),
    teams: z.unknown().optional(),
    webhook: z.unknown().optional(),
    defaults: z.unknown().optional(),
  })
  .prefault({});

/** When people are asked again. */
export const remindersSection = z
  .strictObject({
    /** Parts of the time until the deadline. */
    fractions: parts.default([0.5]),
    /** So often as well; 0: not. */
    everyMs: wholeNumber(0, longestMs).default(0),
    /** Never sooner than this after what was sent before, or before the deadline. */
    leastMs: milliseconds.default(900_000),
    most: wholeNumber(0, 100).default(5),
  })
  .prefault({});

/** The parts of the channels document that may stand among the settings. */
interface ChannelSettings {
  readonly slack?: unknown;
  readonly teams?: unknown;
  readonly webhook?: unknown;
  readonly defaults?: unknown;
}

/** The channels that stand among the settings. */
export function configuredChannels(settings: ChannelSettings): ReadChannels {
  const { slack, teams, webhook, defaults } = settings;
  return readChannels({ slack, teams, webhook, defaults });
}

/** What is wrong with them. */
export function channelProblems(settings: ChannelSettings): ConfigProblem[] {
  const read = configuredChannels(settings);
  return read.ok ? [] : read.problems.map(problemAt);
}

/** Each begins with its place, to which the section is added. */
function problemAt(sentence: string): ConfigProblem {
  const end = sentence.indexOf(' ');
  return {
    setting: `channels.${sentence.slice(0, end)}`,
    problem: sentence.slice(end + 1).replace(/\.$/u, ''),
  };
}

/** The same settings with nothing of a channel but its name: addresses and tokens are secrets. */
export function maskedChannels(settings: Settings, masked: string): Settings {
  const ways = channelWays.flatMap((way) => {
    const given = settings[way];
    return isMapping(given)
      ? [[way, Object.fromEntries(Object.keys(given).map((name) => [name, masked]))]]
      : [];
  });
  return { ...settings, ...Object.fromEntries(ways) };
}
