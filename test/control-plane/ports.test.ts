import net from 'node:net';

import { expect, test } from 'vitest';

import { freePorts } from './ports.ts';

test('ports asked for together are all different and can be bound', async () => {
  const ports = await freePorts(20);
  expect(new Set(ports).size).toBe(20);
  const servers = ports.map((port) => net.createServer().listen(port, '127.0.0.1'));
  await Promise.all(
    servers.map(
      (server) => new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject)),
    ),
  );
  for (const server of servers) server.close();
});
