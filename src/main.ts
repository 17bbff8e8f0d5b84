import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { dump } from 'js-yaml';
import type { Logger } from 'pino';
import { loadConfig, printableConfig, type Config } from './config.ts';
import { createLog } from './operator/log.ts';
import { startOperator, type Operator } from './operator/operator.ts';
import { runMailCommand } from './operator/preview.ts';
import { SettingError } from './operator/settingfile.ts';

const usage = `Usage: tekton-approvals [OPTIONS]
       tekton-approvals mail preview KIND [OPTIONS]

Runs the operator against the cluster of its ServiceAccount, or of the current kubeconfig.

  --kubeconfig FILE   use this kubeconfig
  --print-config      print the settings in force, secrets masked, and end
  --help              show this text

mail preview shows a mail with sample data; tekton-approvals mail preview --help says how.

Settings come from the environment (TEKTON_APPROVALS_...) and from the YAML file that TEKTON_APPROVALS_CONFIG names.
`;

interface Arguments {
  readonly kubeconfig?: string;
  readonly 'print-config': boolean;
  readonly help: boolean;
}

/** The command line; a sentence where it is wrong. */
function readArguments(): Arguments | string {
  try {
    return parseArgs({
      options: {
        kubeconfig: { type: 'string' },
        'print-config': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    // What Node adds behind the first sentence is advice for programs with positional arguments.
    const [sentence = ''] = messageOf(error).split(/\.(?:\s|$)/);
    return sentence;
  }
}

/** Exit codes: 0 ended on request, 1 failed, 2 wrong settings or arguments, a kubeconfig that is not there included. */
async function main(): Promise<number | undefined> {
  const [command, ...rest] = process.argv.slice(2);
  if (command === 'mail') return runMail(rest);
  const values = readArguments();
  if (typeof values === 'string') return refuse(`${values}. tekton-approvals --help shows what there is.`);
  // As from an unset variable of a script; without this, another cluster than the one meant would be served.
  if (values.kubeconfig === '') return refuse('--kubeconfig needs the path of a file');
  if (values.help) return print(usage);
  const configured = loadConfig(process.env);
  if (!configured.ok) {
    return refuse(...configured.problems.map(({ setting, problem }) => `${setting} ${problem}`));
  }
  const config = { ...configured.config, kubeconfig: values.kubeconfig ?? configured.config.kubeconfig };
  if (values['print-config']) return print(dump(printableConfig(config)));
  if (config.kubeconfig !== '' && !existsSync(config.kubeconfig))
    return refuse(`there is no kubeconfig file ${config.kubeconfig}`);
  await run(config);
  return undefined;
}

async function runMail(args: readonly string[]): Promise<number> {
  const printed = await runMailCommand(args, process.env);
  if (printed.code === 0) return print(printed.text);
  refuse(...printed.problems);
  return printed.code;
}

function refuse(...lines: readonly string[]): number {
  process.stderr.write(lines.map((line) => `${line}\n`).join(''));
  return 2;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

async function run(config: Config): Promise<void> {
  const log = createLog(config.log.level);
  process.on('uncaughtException', (err) => {
    log.fatal({ err }, 'ending after an error that nothing was prepared for');
    process.exit(1);
  });
  const starting = startOperator(config, log);
  endOnSignal(starting, log);
  await starting;
  log.info({ baseUrl: config.baseUrl, roles: config.roles }, 'started');
}

/** Before the 30 s are over that a Pod gets: an exit code says more than a kill. The Lease then expires by itself. */
const endMs = 25_000;

/** Ends the operator in order on SIGTERM or SIGINT, also one that is still starting; a second signal ends it at once. */
function endOnSignal(starting: Promise<Operator>, log: Logger): void {
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1);
      stopping = true;
      log.info({ signal }, 'stopping');
      setTimeout(() => process.exit(1), endMs);
      void end(starting);
    });
  }
}

async function end(starting: Promise<Operator>): Promise<void> {
  // A start that failed is reported, and the process ended, by whoever called for it.
  const operator = await starting.catch(() => undefined);
  if (operator === undefined) return;
  await operator.stop();
  process.exit(0);
}

try {
  const code = await main();
  if (code !== undefined) process.exitCode = code;
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  // Not exitCode: what was started before the failure would keep the process alive.
  process.exit(error instanceof SettingError ? 2 : 1);
}
