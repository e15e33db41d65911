/** A line between a process and its brokers that can be cut and mended. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface CuttableLine extends AsyncDisposable {
  readonly port: number;
  /** Silence: nothing passes any more, in either direction, and nobody is told. New connections are as silent. */
  cut(): void;
  /** Connections of the time before are reset; new ones lead to the brokers. */
  mend(): void;
}

/** Opens a line. The first line of a connection says where it leads. */
export async function openLine(): Promise<CuttableLine> {
  const sockets = new Set<Socket>();
  let isCut = false;

  function keep(socket: Socket): Socket {
    sockets.add(socket);
    return socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  }

  const server = createServer((near) => {
    keep(near).once('data', (head) => {
      const end = head.indexOf('\n');
      const [host, port] = head.toString('latin1', 0, end).split(':');
      // kafkajs may ask for a broker that it does not know the address of.
      if (!Number.isInteger(Number(port))) return void near.destroy();
      const far = keep(connect(Number(port), host));
      far.write(head.subarray(end + 1));
      near.pipe(far).pipe(near);
      near.on('close', () => far.destroy());
      far.on('close', () => near.destroy());
      if (isCut) for (const socket of [near, far]) socket.unpipe().pause();
    });
    if (isCut) near.pause();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      isCut = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    mend() {
      isCut = false;
      for (const socket of sockets) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
