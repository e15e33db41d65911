/** The client's end of every contestant that calls the echo router by a tRPC link. */
import { createTRPCClient, type TRPCLink } from '@trpc/client';
import type { ContestantClient } from './contestant.ts';
import type { EchoRouter } from './echo-router.ts';

/** Makes a client of a terminating link. */
export function createTrpcEchoClient(
  link: TRPCLink<EchoRouter>,
  close: () => Promise<void> | void,
): ContestantClient {
  const client = createTRPCClient<EchoRouter>({ links: [link] });
  return {
    call: (text) => client.echo.query({ text }),
    stream: (count, onItem) =>
      new Promise((resolve, reject) => {
        client.items.subscribe({ count }, { onData: onItem, onComplete: resolve, onError: reject });
      }),
    async close() {
      await close();
    },
  };
}
