import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { type Listener, startListening } from './listening.ts';
import { Processes } from './processes.ts';

let folder: string;
let processes: Processes;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'listening-test-'));
  processes = new Processes(folder);
});

afterEach(async () => {
  await processes.stop();
  rmSync(folder, { recursive: true, force: true });
});

function shell(script: string): Listener<number>['spec'] {
  return { name: 'server', command: '/bin/sh', args: ['-c', script] };
}

const options = (): { processes: Processes; signal: undefined; ports: number } => ({
  processes,
  signal: undefined,
  ports: 1,
});

test('a process whose port was taken in between is started again on another', async () => {
  const tried: number[] = [];
  const result = await startListening(options(), ([port = 0]) => {
    tried.push(port);
    const isFirst = tried.length === 1;
    const spec = shell(isFirst ? 'echo "bind: address already in use"; exit 1' : 'sleep 600');
    return { spec, ready: async () => !isFirst, result: port };
  });
  expect(tried).toHaveLength(2);
  expect(result).toBe(tried[1]);
});

test('a process that ends is told with the end of its log and where that is, and is not started again', async () => {
  let starts = 0;
  const starting = startListening(options(), () => {
    starts += 1;
    return { spec: shell('echo "bad flag"; exit 2'), ready: async () => false, result: 0 };
  });
  await expect(starting).rejects.toThrow(
    `server ended with exit code 2. The end of ${path.join(folder, 'server.log')}:\nbad flag`,
  );
  expect(starts).toBe(1);
});
