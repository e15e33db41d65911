import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createHTTPServer } from '@trpc/server/adapters/standalone';
import type { FlightsContext } from '../flights-context.js';
import { appRouter } from '../router.js';

/** A running server that others can reach. */
export interface HttpServing {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the router over HTTP: queries and mutations as requests, subscriptions as server-sent events. */
export async function serveOverHttp(context: FlightsContext, port = 0): Promise<HttpServing> {
  const server = createHTTPServer({ router: appRouter, createContext: () => context });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
