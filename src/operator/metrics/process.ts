import { collectDefaultMetrics, Registry } from '@prometheus-io/client';

/** The library's measure of the event loop begins anew with each scrape, so two Prometheus servers would spoil it. */
const left = /^nodejs_eventloop_lag/;

let registry: Registry | undefined;

/** CPU, memory, garbage collection and files of this process: one set, since there is one process. */
export function processRegistry(): Registry {
  if (registry !== undefined) return registry;
  registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 1_000 });
  for (const { name } of registry.getMetricsAsArray()) if (left.test(name)) registry.removeSingleMetric(name);
  return registry;
}
