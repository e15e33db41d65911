/** tRPC as it comes, over a WebSocket. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createWSClient, wsLink } from '@trpc/client';
import { applyWSSHandler } from '@trpc/server/adapters/ws';
import { WebSocket, WebSocketServer } from 'ws';
import type { Contestant } from './contestant.ts';
import { type EchoRouter, echoRouter } from './echo-router.ts';
import { createTrpcEchoClient } from './trpc-echo-client.ts';

export const trpcWs: Contestant = {
  async startServer() {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    applyWSSHandler({ wss: server, router: echoRouter });
    await once(server, 'listening');
    return {
      address: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
      async close() {
        for (const socket of server.clients) socket.terminate();
        server.close();
      },
    };
  },
  async openClient({ address }) {
    const client = await new Promise<ReturnType<typeof createWSClient>>((resolve) => {
      // Node 20 has no WebSocket of its own.
      const opening = createWSClient({
        url: address!,
        WebSocket: WebSocket as never,
        onOpen: () => resolve(opening),
      });
    });
    return createTrpcEchoClient(wsLink<EchoRouter>({ client }), () => client.close());
  },
};
