import type { Logger } from 'pino';
import type { Config } from '../../config.ts';
import type { Metrics } from './metrics.ts';
import { startMetricsServer, stopMetricsServer } from './server.ts';

/** Something that runs until it is stopped. */
interface Running {
  stop(): Promise<void>;
}

/** Measures and listens, where that is wanted. Rejects where the port is taken. */
export async function serveMetrics(
  { enabled, host, port }: Config['metrics'],
  metrics: Metrics,
  log: Logger,
): Promise<Running> {
  if (!enabled) return { stop: async () => undefined };
  const server = await startMetricsServer({ host, port, scrape: metrics.scrape, log });
  const endMeasuring = metrics.measureEventLoop();
  return {
    stop: async () => {
      endMeasuring();
      await stopMetricsServer(server);
    },
  };
}
