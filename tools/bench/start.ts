import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { median } from './statistics.ts';
import type { Stage } from './stage.ts';
import { settledUsage } from './usage.ts';

const tool = fileURLToPath(new URL('../../dist/tkn-approval', import.meta.url));

/** How long the command-line tool takes for a command that needs no cluster; the median of so many. */
function toolMs(times: number): number {
  const took = Array.from({ length: times }, () => {
    const start = performance.now();
    const { status } = spawnSync(process.execPath, [tool, 'version'], { stdio: 'ignore' });
    if (status !== 0) throw new Error(`the command-line tool ended with ${String(status)}`);
    return performance.now() - start;
  });
  return median(took);
}

/** The size of the bundle, how soon it is ready where there is nothing, and what it holds when it has nothing to do. */
export async function measureStart(stage: Stage): Promise<void> {
  stage.measurements.bundle = { measured: [statSync(stage.options.bundle).size / 2 ** 20] };
  if (stage.wants('tool')) stage.measurements.tool = { measured: [toolMs(stage.options.size.starts * 4)] };
  if (!stage.wants('start-empty', 'memory-idle')) return;
  const { progress, size } = stage.options;
  progress('starting with nothing there ...');
  const namespace = await stage.namespace('empty');
  // The first start makes the keys, as it does once in the life of an installation.
  await (await stage.operator(namespace)).stop();
  const took: number[] = [];
  for (let n = 1; n < size.starts; n += 1) {
    const operator = await stage.operator(namespace);
    took.push(operator.readyMs);
    await operator.stop();
  }
  const operator = await stage.operator(namespace);
  took.push(operator.readyMs);
  stage.measurements['start-empty'] = { measured: [median(took) / 1000] };
  if (stage.wants('memory-idle')) {
    const { residentMiB } = await settledUsage(operator.pid, stage.options.size.quietMs);
    stage.measurements['memory-idle'] = { measured: [residentMiB] };
  }
  await operator.stop();
}
