import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * Vitest hands values to its workers only when they start. A rendezvous is a place where a worker asks later and is
 * answered as soon as the answer is known, so that nobody waits who does not need it.
 */
export interface Rendezvous {
  readonly port: number;
  close(): Promise<void>;
}

/** Answers everyone who comes with what `answer` resolves to, as JSON. `answer` must not reject. */
export async function openRendezvous(answer: () => Promise<unknown>): Promise<Rendezvous> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // A worker that is ended while it waits resets its connection.
    socket.on('error', () => {});
    void answer().then((value) => socket.end(JSON.stringify(value)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** The answer of the rendezvous at that port, whenever it comes. */
export async function askRendezvous(port: number): Promise<unknown> {
  let text = '';
  for await (const chunk of connect(port, '127.0.0.1').setEncoding('utf8')) text += chunk;
  if (text === '') throw new Error(`the test run ended before the question at port ${port} was answered`);
  return JSON.parse(text);
}
