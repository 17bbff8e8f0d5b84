import { randomInt } from 'node:crypto';
import net from 'node:net';

/**
 * Below the ports that systems give to outgoing connections (Linux 32768 and up, IANA 49152 and up): one of those may be
 * taken by any connection between the moment it was found free and the moment its user binds it.
 */
const range = { from: 15_000, to: 32_000 };

function listen(port: number): Promise<net.Server> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

async function listenSomewhere(): Promise<net.Server> {
  for (;;) {
    try {
      return await listen(randomInt(range.from, range.to));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    }
  }
}

function close(server: net.Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

/**
 * Ports of the loopback interface that were free a moment ago, all different. Another caller may still take one before
 * its user binds it, though hardly ever: the user must be ready to ask again.
 */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listenSomewhere));
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
    return address.port;
  });
  await Promise.all(servers.map(close));
  return ports;
}
