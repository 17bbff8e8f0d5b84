import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** What to start. `env` is added to the environment of this process. */
export type ProcessSpec = {
  name: string;
  command: string;
  args: readonly string[];
  env?: Record<string, string>;
  cwd?: string;
  /** Milliseconds between TERM and KILL. Default: 10 s. */
  grace?: number;
};

/** One started process; it leads a process group of its own and writes to a log file of its own. */
export type RunningProcess = {
  name: string;
  pid: number;
  logFile: string;
  grace: number;
  /** Resolves, never rejects, when the process has ended. The text says how, for people. */
  exited: Promise<string>;
  /** How it ended, or undefined while it runs. */
  ending: () => string | undefined;
};

/**
 * Ends every process group it was told of as soon as its standard input closes without the word "done", which
 * happens however its parent goes away, kill -9 included, and removes the folder $1. It ignores the terminal's
 * signals: it must outlive the parent.
 * The groups end in the reverse order of their start, because kube-apiserver needs its etcd to shut down.
 */
const watchdogScript = `
trap '' INT TERM HUP QUIT
groups=''
while read -r line; do
  case "$line" in
    +*) groups="\${line#+} $groups" ;;
    -*) rest=''
        for group in $groups; do [ "$group" = "\${line#-}" ] || rest="$rest $group"; done
        groups=$rest ;;
    done) exit 0 ;;
  esac
done
for group in $groups; do
  kill -s TERM -- "-$group" 2>/dev/null
  left=50
  while [ $left -gt 0 ] && kill -s 0 -- "-$group" 2>/dev/null; do sleep 0.1; left=$((left - 1)); done
  kill -s KILL -- "-$group" 2>/dev/null
done
[ -z "$1" ] || rm -rf -- "$1"
`;

/** Signals a whole process group; a group that is gone already is no error. */
function signalGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** The last lines of a log file, or a sentence saying that there are none. */
export function lastLines(file: string, count = 20): string {
  const text = readFileSync(file, 'utf8').trimEnd();
  return text === '' ? '(the log is empty)' : text.split('\n').slice(-count).join('\n');
}

/**
 * A set of processes that start in order and end in the reverse order. Nothing of it outlives this process:
 * `stop` ends them in order, and a small watchdog ends them where `stop` was never reached.
 */
export class Processes {
  readonly #logsDir: string;
  readonly #scratch: string;
  #running: readonly RunningProcess[] = [];
  #watchdog: ChildProcess | undefined;
  #stopped = false;

  /**
   * Logs go to `logsDir/NAME.log`; the folder is made. `scratch` is a folder that is of no use to anybody once
   * this process has gone away without `stop`; it is then removed.
   */
  constructor(logsDir: string, scratch = '') {
    this.#logsDir = logsDir;
    this.#scratch = scratch;
    mkdirSync(logsDir, { recursive: true });
  }

  /** Starts one process. Throws when the set was stopped or when the program cannot be executed. */
  async start(spec: ProcessSpec): Promise<RunningProcess> {
    if (this.#stopped) throw new Error(`${spec.name} was not started: the control plane is stopping`);
    const watchdog = this.#startWatchdog();
    const logFile = path.join(this.#logsDir, `${spec.name}.log`);
    const log = openSync(logFile, 'a');
    const child = spawn(spec.command, spec.args, {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, ...spec.env },
      ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
    });
    closeSync(log);
    if (child.pid !== undefined) watchdog.stdin?.write(`+${child.pid}\n`);
    const running = await observe(child, spec, logFile);
    this.#running = [...this.#running, running];
    return running;
  }

  /** Ends one process: TERM, then KILL after its grace time. */
  async end(running: RunningProcess): Promise<void> {
    if (running.ending() === undefined) {
      signalGroup(running.pid, 'SIGTERM');
      const timeout = new AbortController();
      await Promise.race([
        running.exited,
        sleep(running.grace, undefined, { signal: timeout.signal }).catch(() => {}),
      ]);
      timeout.abort();
    }
    // Also after an orderly end: a member of the group may have outlived its leader.
    signalGroup(running.pid, 'SIGKILL');
    await running.exited;
    this.#watchdog?.stdin?.write(`-${running.pid}\n`);
    this.#running = this.#running.filter((other) => other !== running);
  }

  /** The processes that ended although nobody asked them to. */
  crashed(): RunningProcess[] {
    return this.#running.filter((running) => running.ending() !== undefined);
  }

  /** Ends everything, the newest first. A second call waits for nothing and does nothing. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const running of this.#running.toReversed()) await this.end(running);
    this.#watchdog?.stdin?.end('done\n');
    this.#watchdog = undefined;
  }

  #startWatchdog(): ChildProcess {
    if (this.#watchdog !== undefined) return this.#watchdog;
    const watchdog = spawn('/bin/sh', ['-c', watchdogScript, 'watchdog', this.#scratch], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    // Neither the watchdog nor its pipe may keep this process alive.
    watchdog.unref();
    // A watchdog that somebody ended is no reason to end.
    watchdog.stdin?.on('error', () => {});
    if (watchdog.stdin !== null && 'unref' in watchdog.stdin && typeof watchdog.stdin.unref === 'function') {
      watchdog.stdin.unref();
    }
    this.#watchdog = watchdog;
    return watchdog;
  }
}

async function observe(child: ChildProcess, spec: ProcessSpec, logFile: string): Promise<RunningProcess> {
  let ending: string | undefined;
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      ending = signal === null ? `exit code ${code}` : `signal ${signal}`;
      resolve(ending);
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  if (child.pid === undefined) throw new Error(`${spec.name} has no process id`);
  const { name, grace = 10_000 } = spec;
  return { name, pid: child.pid, logFile, grace, exited, ending: () => ending };
}
