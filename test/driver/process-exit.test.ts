import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { describe, expect, it, onTestFinished } from 'vitest';

const fixture = fileURLToPath(new URL('fixtures/use-and-close.ts', import.meta.url));

/** Runs the fixture to its end; nobody kills it. It closes its driver when told to, or once brokers have answered. */
function runFixture(...args: readonly string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', fixture, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout!.on('data', (chunk) => (output += chunk));
  child.stderr!.on('data', (chunk) => (output += chunk));
  return {
    tellToClose: () => child.send('close'),
    ended: once(child, 'close').then(([code]) => ({ code, output })),
  };
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const atEnd = { code: 0, output: 'closed\n' };

describe.each(['kafkajs', 'platformatic'])(
  'a process that closed its %s driver ends by itself',
  { timeout: 20_000 },
  (driver) => {
    it('when brokers answer', async () => {
      await using broker = await createDevBroker({ topics: [{ name: 't' }] });
      expect(await runFixture(driver, 'answered', 't', ...broker.brokers).ended).toEqual(atEnd);
    });

    it('when a broker accepts connections and answers nothing', async () => {
      const server = createServer((socket) => socket.on('error', () => undefined).resume());
      onTestFinished(() => void server.close());
      const address = await listen(server);
      const accepted = once(server, 'connection');
      const run = runFixture(driver, 'when told', 't', address);
      await accepted;
      run.tellToClose();
      expect(await run.ended).toEqual(atEnd);
    });

    it('when connections are refused', async () => {
      // It is known that one was tried by the server that goes away when it comes.
      const server = createServer((socket) => {
        socket.resetAndDestroy();
        server.close();
      });
      const address = await listen(server);
      const run = runFixture(driver, 'when told', 't', address);
      await once(server, 'close');
      run.tellToClose();
      expect(await run.ended).toEqual(atEnd);
    });
  },
);
