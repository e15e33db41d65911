/** Batch links: the options of kafkaLink, but that headers know of all operations of a record. */
import {
  createTRPCClient,
  httpLink,
  loggerLink,
  type Operation,
  retryLink,
  splitLink,
  type TRPCLink,
} from '@trpc/client';
import { initTRPC, type TRPCDataTransformer } from '@trpc/server';
import { type KafkaBatchLinkOptions, type KafkaClient, kafkaBatchLink } from '@trpc-kafka/link';

declare const client: KafkaClient;
declare const transformer: TRPCDataTransformer;
const plain = initTRPC.create();
const plainRouter = plain.router({ at: plain.procedure.query(() => new Date(0)) });
const superb = initTRPC.create({ transformer });
const superbRouter = superb.router({ at: superb.procedure.query(() => new Date(0)) });
type Plain = typeof plainRouter;
type Superb = typeof superbRouter;
const retry = { retry: () => false };
const condition = () => true;
const httpOfSuperb = httpLink<Superb>({ url: '', transformer });

export const batchLinks: [TRPCLink<Plain>, TRPCLink<Superb>] = [
  kafkaBatchLink<Plain>({ client }),
  kafkaBatchLink<Superb>({ client, transformer, maxItems: 8, maxBytes: 1024 }),
];
export const batched = createTRPCClient<Superb>({
  links: [
    loggerLink(),
    retryLink(retry),
    kafkaBatchLink({
      client,
      transformer,
      headers: ({ opList: [first, ...others] }) => ({ first: first.path, others: String(others.length) }),
    }),
  ],
});
createTRPCClient<Plain>({ links: [kafkaBatchLink({ client })] });
// @ts-expect-error the router has a transformer
createTRPCClient<Superb>({ links: [kafkaBatchLink({ client })] });
// @ts-expect-error the router has none
createTRPCClient<Plain>({ links: [kafkaBatchLink({ client, transformer })] });
// @ts-expect-error the router has a transformer
createTRPCClient<Superb>({ links: [loggerLink(), retryLink(retry), kafkaBatchLink({ client })] });
// @ts-expect-error the router has none
createTRPCClient<Plain>({ links: [loggerLink(), retryLink(retry), kafkaBatchLink({ client, transformer })] });
export const splitBatches = [
  splitLink<Superb>({ condition, true: httpOfSuperb, false: kafkaBatchLink({ client, transformer }) }),
  splitLink<Superb>({ condition, true: [httpOfSuperb], false: [kafkaBatchLink({ client, transformer })] }),
  // @ts-expect-error the router has a transformer
  splitLink<Superb>({ condition, true: httpOfSuperb, false: kafkaBatchLink({ client }) }),
  // @ts-expect-error the router has a transformer
  splitLink<Superb>({ condition, true: [httpOfSuperb], false: [kafkaBatchLink({ client })] }),
];
// @ts-expect-error the router has a transformer
kafkaBatchLink<Superb>({ client });
// @ts-expect-error the router has none
kafkaBatchLink<Plain>({ client, transformer });
// @ts-expect-error no link without a client
kafkaBatchLink<Plain>();
// @ts-expect-error it has operations, not one
kafkaBatchLink<Plain>({ client, headers: ({ op }) => ({ path: op.path }) });
// @ts-expect-error a link for another router
export const mixedBatch: TRPCLink<Plain> = kafkaBatchLink<Superb>({ client });
export const batchOptions: KafkaBatchLinkOptions<Superb> = { client, transformer };
// A function that was written for the headers of httpBatchLink fits as it is.
declare const headers: (opts: { opList: [Operation, ...Operation[]] }) => Promise<Record<string, string>>;
kafkaBatchLink<Plain>({ client, headers });
