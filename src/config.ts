import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { z } from 'zod';
import { assurances } from './domain/approval.ts';

/**
 * The only reader of the environment and of the settings file. Every setting has one name in the file (camelCase,
 * nested) and one in the environment (TEKTON_APPROVALS_ and the path in capitals); the environment wins. All problems
 * are reported at once.
 */

const prefix = 'TEKTON_APPROVALS_';

const port = z.coerce.number().int().min(0).max(65_535);
const milliseconds = z.coerce.number().int().min(1);
const flag = z.union([z.boolean(), z.stringbool()]);
const list = z.union([
  z.array(z.string()),
  z.string().transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  ),
]);
const roles = list.pipe(z.array(z.enum(['controller', 'web'])).min(1));
const assurance = z.enum(assurances);

const schema = z.strictObject({
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .default('http://localhost:8090'),
  /** Plain http elsewhere than on localhost lets anybody on the way answer; it must be asked for by name. */
  allowInsecureBaseUrl: flag.default(false),
  kubeconfig: z.string().default(''),
  /** Namespaces to serve; empty: all. */
  namespaces: list.default([]),
  roles: roles.default(['controller', 'web']),
  log: z.strictObject({ level: z.enum(['debug', 'info', 'warn', 'error']).default('info') }).prefault({}),
  install: z.strictObject({ namespace: z.string().default('tekton-approvals') }).prefault({}),
  web: z.strictObject({ host: z.string().default('0.0.0.0'), port: port.default(8090) }).prefault({}),
  probes: z.strictObject({ host: z.string().default('0.0.0.0'), port: port.default(8091) }).prefault({}),
  lease: z
    .strictObject({
      name: z.string().default('tekton-approvals'),
      leaseMs: milliseconds.default(15_000),
      renewDeadlineMs: milliseconds.default(10_000),
      retryMs: milliseconds.default(2_000),
    })
    .prefault({}),
  keys: z
    .strictObject({
      secret: z.string().default('tekton-approvals-keys'),
      pollMs: milliseconds.default(15_000),
    })
    .prefault({}),
  links: z.strictObject({ ttlMs: milliseconds.max(7 * 86_400_000).default(7 * 86_400_000) }).prefault({}),
  minAssurance: z
    .strictObject({
      SINGLE: assurance.default('link'),
      MULTI: assurance.default('link'),
      FOUR_EYES: assurance.default('link'),
    })
    .prefault({}),
  /** Service accounts that may answer, as full user names. The identity policy must list the same. */
  robots: list.default([]),
  mail: z
    .strictObject({
      /** Empty: no mail is sent. */
      host: z.string().default(''),
      port: port.default(587),
      from: z.string().default('tekton-approvals@localhost'),
      username: z.string().default(''),
      password: z.string().default(''),
      /** required: refuse to send in clear. off: do not ask for TLS. implicit: TLS from the first byte. */
      tls: z.enum(['required', 'off', 'implicit']).default('required'),
      caFile: z.string().default(''),
      timeoutMs: milliseconds.default(20_000),
      /** Recipient domains; empty: all. */
      allowedDomains: list.default([]),
      perNamespaceHour: z.coerce.number().int().min(1).default(1_000),
      atOnce: z.coerce.number().int().min(1).default(5),
    })
    .prefault({}),
  controller: z
    .strictObject({
      atOnce: z.coerce.number().int().min(1).default(16),
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

/** One thing wrong with the configuration: which setting, what is wrong, what is allowed. */
export interface ConfigProblem {
  readonly setting: string;
  readonly problem: string;
}

export type Configured =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** Reads environment and settings file. `settingsFile` is the text of the file, if there is one. */
export function readConfig(environment: NodeJS.ProcessEnv, settingsFile?: string): Configured {
  const parsed = parseFile(settingsFile);
  if (!parsed.ok) return parsed;
  const settings = parsed.settings;
  const unknown = applyEnvironment(settings, environment);
  const result = schema.safeParse(settings);
  const problems = [
    ...unknown,
    ...(result.success ? consistency(result.data) : result.error.issues.flatMap(describeIssue)),
  ];
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
          problem: `cannot be read: ${error instanceof Error ? error.message : String(error)}`,
        },
      ],
    };
  }
}

type Settings = Record<string, unknown>;
type ParsedFile = { ok: true; settings: Settings } | { ok: false; problems: ConfigProblem[] };

function parseFile(text: string | undefined): ParsedFile {
  if (text === undefined) return { ok: true, settings: {} };
  const wrong = (problem: string): ParsedFile => ({
    ok: false,
    problems: [{ setting: 'settings file', problem }],
  });
  try {
    const settings: unknown = load(text);
    if (settings === undefined || settings === null) return { ok: true, settings: {} };
    if (typeof settings !== 'object' || Array.isArray(settings))
      return wrong('must be a YAML mapping of settings');
    return { ok: true, settings: structuredClone(settings) as Settings };
  } catch (error) {
    return wrong(`is not YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Environment name of a setting's path: mail.caFile is TEKTON_APPROVALS_MAIL_CA_FILE. */
export function environmentName(path: string): string {
  return (
    prefix +
    path
      .replace(/([a-z])([A-Z])/g, '$1_$2')
      .replaceAll('.', '_')
      .toUpperCase()
  );
}

/** Path of every setting, as in `mail.host`. */
export const settingPaths: readonly string[] = leaves(schema.parse({}));

function leaves(value: Settings, at = ''): string[] {
  return Object.entries(value).flatMap(([key, child]) =>
    typeof child === 'object' && child !== null && !Array.isArray(child)
      ? leaves(child as Settings, `${at}${key}.`)
      : [`${at}${key}`],
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
  if (value === undefined) return;
  const steps = path.split('.');
  const last = steps.pop() ?? path;
  let target = settings;
  for (const step of steps) {
    const next = target[step];
    const child: Settings = typeof next === 'object' && next !== null ? (next as Settings) : {};
    target[step] = child;
    target = child;
  }
  target[last] = value;
}

function describeIssue(issue: z.core.$ZodIssue): ConfigProblem[] {
  const path = issue.path.filter((step) => typeof step === 'string').join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      setting: path === '' ? key : `${path}.${key}`,
      problem: 'is not a setting of this program',
    }));
  }
  return [{ setting: `${path} (${environmentName(path)})`, problem: issue.message }];
}

const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

/** What single fields cannot tell. */
function consistency(config: Config): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const url = new URL(config.baseUrl);
  if (url.protocol === 'http:' && !loopback.has(url.hostname) && !config.allowInsecureBaseUrl) {
    problems.push({
      setting: 'baseUrl',
      problem: `must be https: over plain http anybody on the way can read the links and answer. If that is wanted, set allowInsecureBaseUrl (${environmentName('allowInsecureBaseUrl')}) to true`,
    });
  }
  if (config.lease.renewDeadlineMs >= config.lease.leaseMs) {
    problems.push({
      setting: 'lease.renewDeadlineMs',
      problem: 'must be shorter than lease.leaseMs, or two leaders could write at once',
    });
  }
  if (config.lease.retryMs >= config.lease.renewDeadlineMs) {
    problems.push({ setting: 'lease.retryMs', problem: 'must be shorter than lease.renewDeadlineMs' });
  }
  return problems;
}

const secretPaths = ['mail.password'];

/** The configuration as it is in force, with secrets masked: what `--print-config` prints. */
export function printableConfig(config: Config): Settings {
  const copy = structuredClone(config) as unknown as Settings;
  for (const path of secretPaths) {
    const [section = '', field = ''] = path.split('.');
    const target = copy[section] as Settings;
    if (target[field] !== '') target[field] = '********';
  }
  return copy;
}
