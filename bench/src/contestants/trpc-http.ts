/** tRPC as it comes, over HTTP: `httpLink` and `httpBatchLink` to the standalone server. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { httpBatchLink, httpLink } from '@trpc/client';
import { createHTTPServer } from '@trpc/server/adapters/standalone';
import type { Contestant } from './contestant.ts';
import { echoRouter } from './echo-router.ts';
import { createTrpcEchoClient } from './trpc-echo-client.ts';

export const trpcHttp: Contestant = createContestant(httpLink);
/** Without a limit a batch's URL grows beyond what servers take: this is about as much as Node's own limit of 16 KB lets through. */
export const trpcHttpBatch: Contestant = createContestant((options) =>
  httpBatchLink({ ...options, maxURLLength: 14_000 }),
);

function createContestant(
  createLink: (options: { url: string }) => ReturnType<typeof httpLink<typeof echoRouter>>,
): Contestant {
  return {
    async startServer() {
      const server = createHTTPServer({ router: echoRouter });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return {
        address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        async close() {
          server.closeAllConnections();
          server.close();
        },
      };
    },
    openClient: async ({ address }) => createTrpcEchoClient(createLink({ url: address! }), () => {}),
  };
}
