/**
 * Makes the shipped bundle, as it is, tell what it uses. Node loads this module first when it is started with
 * NODE_OPTIONS='--import /…/test/endurance/measured.mjs'; on SIGUSR2 it collects garbage and prints a line of JSON.
 * `measure` of measured.ts does both.
 */
import v8 from 'node:v8';
import vm from 'node:vm';

v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc');

process.on('SIGUSR2', () => {
  collect();
  collect();
  const { heapUsed, rss } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const line = { measured: { heapBytes: heapUsed, rssBytes: rss, cpuMs: (user + system) / 1_000 } };
  process.stdout.write(`${JSON.stringify(line)}\n`);
});
