import { spawnSync } from 'node:child_process';
import { renameSync, rmSync } from 'node:fs';

import { lastLines, type Processes } from './processes.ts';
import { buildText, type Progress, withProgress } from './progress.ts';

/** What a build works with; `processes` ends it when the start is given up. */
export type GoSurroundings = { progress: Progress; processes: Processes; signal: AbortSignal | undefined };

/** One program to build. */
export type Build = {
  name: string;
  /** The folder of the Go module that pins it. */
  folder: string;
  package: string;
  minutes: number;
  linkFlags: string;
  /** Path of the finished program; it appears there complete or not at all. */
  target: string;
};

/** Throws one sentence for people where the Go that the modules need is not there. */
export function checkGo(folder: string, cache: string): void {
  // Inside the module, so that Go itself compares its version with go.mod (and may fetch a newer one).
  const { error, status, stderr } = spawnSync('go', ['version'], { cwd: folder, encoding: 'utf8' });
  if (error === undefined && status === 0) return;
  const found = error === undefined ? stderr.trim() : 'no go in PATH';
  throw new Error(
    `Go 1.26 or newer is needed to build the control plane once (${found}): install it from https://go.dev/dl, ` +
      'or use a cluster that has Tekton (--kubeconfig FILE, or APPROVALS_TEST_KUBECONFIG), ' +
      'or set KUBEBUILDER_ASSETS to a folder that has the programs, ' +
      `or copy ${cache} from a machine of the same kind that built them.`,
  );
}

/** Builds one program with the Go in PATH; Go's own settings (proxy, caches) hold. */
export async function buildProgram(
  build: Build,
  { progress, processes, signal }: GoSurroundings,
): Promise<void> {
  signal?.throwIfAborted();
  const partial = `${build.target}.partial-${process.pid}`;
  const running = await processes.start({
    name: `build-${build.name}`,
    command: 'go',
    args: [
      'build',
      '-trimpath',
      '-buildvcs=false',
      '-ldflags',
      build.linkFlags,
      '-o',
      partial,
      build.package,
    ],
    cwd: build.folder,
    env: { CGO_ENABLED: '0', GOWORK: 'off' },
  });
  const abort = (): void => void processes.end(running);
  signal?.addEventListener('abort', abort, { once: true });
  const ending = await withProgress(
    progress,
    (elapsed) => buildText(build.name, build.minutes, elapsed),
    () => running.exited,
  );
  signal?.removeEventListener('abort', abort);
  if (ending !== 'exit code 0') {
    rmSync(partial, { force: true });
    signal?.throwIfAborted();
    throw new Error(`building ${build.name} ended with ${ending}:\n${lastLines(running.logFile)}`);
  }
  await processes.end(running);
  renameSync(partial, build.target);
}

/** The folder into which Go unpacked a module. */
export function moduleFolder(folder: string, module: string): string {
  const { stdout, stderr, status } = spawnSync('go', ['list', '-m', '-f', '{{.Dir}}', module], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the module ${module} was not found: ${stderr.trim()}`);
  return stdout.trim();
}
