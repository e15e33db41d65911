import { createTRPCClient, httpBatchLink, httpSubscriptionLink, splitLink } from '@trpc/client';
import { EventSource } from 'eventsource';
import superjson from 'superjson';
import type { AppRouter } from '../router.js';
import type { FlightsConnection } from './flights-connection.js';

/** Connects to a flights server over HTTP. Node 20 has no EventSource of its own, hence the package. */
export function connectOverHttp(url: string): FlightsConnection {
  const client = createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: (op) => op.type === 'subscription',
        true: httpSubscriptionLink({ url, transformer: superjson, EventSource }),
        false: httpBatchLink({ url, transformer: superjson }),
      }),
    ],
  });
  return {
    transport: 'HTTP',
    client,
    audit: (entry) => client.bookings.audit.mutate(entry),
    auditCall: 'client.bookings.audit.mutate(entry)',
    close: async () => {},
  };
}
