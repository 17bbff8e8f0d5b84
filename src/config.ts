import { readFileSync } from 'node:fs';
import * as z from 'zod';
import {
  addChannels,
  channelsSection,
  maskedChannels,
  remindersSection,
  withVariable,
} from './config/channelsettings.ts';
import { consistency } from './config/consistency.ts';
import { addProxy, egressSecrets, egressSection } from './config/egress.ts';
import { mailSecrets, mailSection } from './config/mail.ts';
import { environmentName, prefix, problemOf, type ConfigProblem } from './config/setting.ts';
import { isMapping, parseFile, type Settings } from './config/settingsfile.ts';
import {
  baseAddress,
  count,
  flag,
  list,
  longestMs,
  milliseconds,
  nonEmptyText,
  oneOf,
  someOf,
  text,
  wholeNumber,
} from './config/value.ts';
import { assurances } from './domain/approval.ts';

/**
 * The only reader of the environment and of the settings file. Every setting has one name in the file (camelCase,
 * nested) and one in the environment (TEKTON_APPROVALS_ and the path in capitals); the environment wins. What is empty
 * there, or has no value in the file, counts as not given. All problems are reported at once.
 */

export { environmentName } from './config/setting.ts';
export type { ConfigProblem } from './config/setting.ts';

const anyPort = 65_535;

/** Port 0 leaves the choice to the system. */
const listeningPort = wholeNumber(0, anyPort);
const assurance = oneOf(assurances);

const schema = z.strictObject({
  baseUrl: baseAddress.default('http://localhost:8090'),
  /** Plain http elsewhere than on localhost lets anybody on the way answer; it must be asked for by name. */
  allowInsecureBaseUrl: flag.default(false),
  kubeconfig: text.default(''),
  /** Namespaces to serve; empty: all. */
  namespaces: list.default([]),
  roles: someOf(['controller', 'web']).default(['controller', 'web']),
  log: z.strictObject({ level: oneOf(['debug', 'info', 'warn', 'error']).default('info') }).prefault({}),
  install: z.strictObject({ namespace: nonEmptyText.default('tekton-approvals') }).prefault({}),
  web: z
    .strictObject({ host: nonEmptyText.default('0.0.0.0'), port: listeningPort.default(8090) })
    .prefault({}),
  probes: z
    .strictObject({ host: nonEmptyText.default('0.0.0.0'), port: listeningPort.default(8091) })
    .prefault({}),
  metrics: z
    .strictObject({
      enabled: flag.default(true),
      host: nonEmptyText.default('0.0.0.0'),
      port: listeningPort.default(8092),
    })
    .prefault({}),
  /** The limit of the operator's own calls; far above what it needs, so that only a fault of ours meets it. */
  api: z
    .strictObject({
      requestsPerSecond: count.default(1_000),
      burst: count.default(2_000),
    })
    .prefault({}),
  lease: z
    .strictObject({
      name: nonEmptyText.default('tekton-approvals'),
      leaseMs: milliseconds.default(15_000),
      renewDeadlineMs: milliseconds.default(10_000),
      retryMs: milliseconds.default(2_000),
    })
    .prefault({}),
  keys: z
    .strictObject({
      secret: nonEmptyText.default('tekton-approvals-keys'),
      pollMs: milliseconds.default(15_000),
    })
    .prefault({}),
  links: z.strictObject({ ttlMs: milliseconds.default(longestMs) }).prefault({}),
  minAssurance: z
    .strictObject({
      SINGLE: assurance.default('link'),
      MULTI: assurance.default('link'),
      FOUR_EYES: assurance.default('link'),
    })
    .prefault({}),
  /** Whoever started a run cannot approve it; a run of which that is not proven is not asked about. */
  requesterMayNotApprove: flag.default(false),
  people: z
    .strictObject({
      /** Empty: there is no people directory. */
      configMap: text.default('tekton-approvals-people'),
      pollMs: milliseconds.default(15_000),
    })
    .prefault({}),
  /** Service accounts that may answer, as full user names. The identity policy must list the same. */
  robots: list.default([]),
  mail: mailSection,
  channels: channelsSection,
  reminders: remindersSection,
  egress: egressSection,
  controller: z
    .strictObject({
      atOnce: count.default(16),
      policyProofMs: milliseconds.default(180_000),
    })
    .prefault({}),
});
export type Config = z.infer<typeof schema>;

/** Names under which existing deployments of tekton.automatiko.io pass the same settings; ours win. */
const aliases: Record<string, string> = {
  QUARKUS_AUTOMATIKO_SERVICE_URL: 'baseUrl',
  QUARKUS_OPERATOR_SDK_NAMESPACES: 'namespaces',
  QUARKUS_MAILER_HOST: 'mail.host',
  QUARKUS_MAILER_PORT: 'mail.port',
  QUARKUS_MAILER_FROM: 'mail.from',
  QUARKUS_MAILER_USERNAME: 'mail.username',
  QUARKUS_MAILER_PASSWORD: 'mail.password',
};

export type Configured =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** Reads environment and settings file. `settingsFile` is the text of the file, if there is one. */
export function readConfig(environment: NodeJS.ProcessEnv, settingsFile?: string): Configured {
  const parsed = parseFile(settingsFile);
  if (!parsed.ok) return parsed;
  const settings = parsed.settings;
  const unknown = applyEnvironment(settings, environment);
  addChannels(settings, environment);
  addProxy(settings, environment);
  const result = schema.safeParse(settings);
  const problems = [
    ...unknown,
    ...(result.success ? consistency(result.data) : result.error.issues.flatMap(describeIssue)),
  ].map((one) => withVariable(one, environment));
  if (!result.success || problems.length > 0) return { ok: false, problems };
  return { ok: true, config: result.data };
}

/** Reads the process's own configuration; the file is named by TEKTON_APPROVALS_CONFIG. */
export function loadConfig(environment: NodeJS.ProcessEnv): Configured {
  const file = environment[`${prefix}CONFIG`];
  if (file === undefined || file === '') return readConfig(environment);
  try {
    return readConfig(environment, readFileSync(file, 'utf8'));
  } catch (error) {
    return {
      ok: false,
      problems: [
        {
          setting: `${prefix}CONFIG`,
          problem: `must name a file that can be read: ${error instanceof Error ? error.message : String(error)}`,
        },
      ],
    };
  }
}

/** Path of every setting, as in `mail.host`. */
export const settingPaths: readonly string[] = leaves(schema.parse({}));

function leaves(value: Settings, at = ''): string[] {
  return Object.entries(value).flatMap(([key, child]) =>
    isMapping(child) ? leaves(child, `${at}${key}.`) : [`${at}${key}`],
  );
}

function applyEnvironment(settings: Settings, environment: NodeJS.ProcessEnv): ConfigProblem[] {
  for (const [name, path] of Object.entries(aliases)) assign(settings, path, environment[name]);
  const known = new Map(settingPaths.map((path) => [environmentName(path), path]));
  for (const [name, path] of known) assign(settings, path, environment[name]);
  const ours = Object.keys(environment).filter(
    (name) => name.startsWith(prefix) && name !== `${prefix}CONFIG`,
  );
  return ours
    .filter((name) => !known.has(name))
    .map((setting) => ({ setting, problem: 'is not a setting of this program' }));
}

function assign(settings: Settings, path: string, value: string | undefined): void {
  if (value === undefined || value === '') return;
  const steps = path.split('.');
  const last = steps.pop() ?? path;
  let target = settings;
  for (const step of steps) {
    const child = (target[step] ??= {});
    // What else stands in the place of a section is a mistake in the file: it stays, to be reported.
    if (!isMapping(child)) return;
    target = child;
  }
  target[last] = value;
}

function describeIssue(issue: z.core.$ZodIssue): ConfigProblem[] {
  const path = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      setting: path === '' ? key : `${path}.${key}`,
      problem: 'is not a setting of this program',
    }));
  }
  // Values bring their own sentences; what is left to zod is a section that is none.
  if (issue.code !== 'custom') return [{ setting: path, problem: 'must be a YAML mapping of settings' }];
  return [problemOf(path, issue.message)];
}

const masked = '********';

/** The configuration as it is in force, with secrets masked: what `--print-config` prints. */
export function printableConfig(config: Config): Settings {
  const copy = structuredClone(config) as unknown as Settings;
  for (const path of [...mailSecrets, ...egressSecrets]) mask(copy, path.split('.'));
  copy['channels'] = maskedChannels(copy['channels'] as Settings, masked);
  return copy;
}

function mask(settings: Settings, [step = '', ...rest]: readonly string[]): void {
  const value = settings[step];
  if (isMapping(value)) mask(value, rest);
  else if (value !== '') settings[step] = masked;
}
