import { Agent, buildConnector } from 'undici';

/** Connects to that port of this machine, whatever the address says. No connection is kept: its other end may be stopped. */
export function agentTo(port: number): Agent {
  const connect = buildConnector({});
  return new Agent({
    pipelining: 0,
    connect: (options, callback) =>
      connect(
        { ...options, hostname: '127.0.0.1', host: `127.0.0.1:${String(port)}`, port: String(port) },
        callback,
      ),
  });
}
