import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that Linux (32768 and up) and macOS (49152 and up) give to outgoing connections. A broker that a
 * test takes down must get its port back: one out of that range may meanwhile belong to somebody's connection, and a
 * client that keeps knocking at it may even connect to itself (TCP's simultaneous open).
 */
const firstPort = 20_000;
const lastPort = 32_000;

/** Ports on which nothing listens now. Another program may be quicker: who binds them must be ready to ask again. */
export async function findFreePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  for (let tries = 0; ports.size < count; tries++) {
    if (tries > count + 200) throw new Error(`no ${count} free ports between ${firstPort} and ${lastPort}`);
    const port = randomInt(firstPort, lastPort);
    if (!ports.has(port) && (await isFree(port))) ports.add(port);
  }
  return [...ports];
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    await new Promise((closed) => server.close(closed));
  }
}
