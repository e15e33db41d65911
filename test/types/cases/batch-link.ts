/** Batch links are typed as other links are; their headers are made for all operations of a record. */
import { createTRPCClient, loggerLink, splitLink, type TRPCLink } from '@trpc/client';
import { initTRPC, type TRPCDataTransformer } from '@trpc/server';
import { type KafkaBatchLinkOptions, type KafkaClient, kafkaBatchLink, kafkaLink } from '@trpc-kafka/link';
import { expectTypeOf } from 'expect-type';

declare const client: KafkaClient;
declare const transformer: TRPCDataTransformer;
const plain = initTRPC.create();
const plainRouter = plain.router({ at: plain.procedure.query(() => new Date(0)) });
const superb = initTRPC.create({ transformer });
const superbRouter = superb.router({ at: superb.procedure.query(() => new Date(0)) });
type Plain = typeof plainRouter;
type Superb = typeof superbRouter;

export const links: [TRPCLink<Plain>, TRPCLink<Superb>] = [
  kafkaBatchLink<Plain>({ client, maxItems: 8, maxBytes: 1000 }),
  kafkaBatchLink<Superb>({ client, transformer, headers: { a: 'b' } }),
];
export const options: KafkaBatchLinkOptions<Superb> = { client, transformer };
createTRPCClient<Superb>({ links: [loggerLink(), kafkaBatchLink({ client, transformer })] });
// @ts-expect-error the router has a transformer
createTRPCClient<Superb>({ links: [kafkaBatchLink({ client })] });
// @ts-expect-error the router has none
createTRPCClient<Plain>({ links: [loggerLink(), kafkaBatchLink({ client, transformer })] });
// @ts-expect-error made beforehand
kafkaBatchLink<Superb>({ client });
// @ts-expect-error there is no such option
kafkaBatchLink<Plain>({ client, maxCalls: 3 });
// @ts-expect-error no link without a client
kafkaBatchLink<Plain>();

// One client, two links.
const condition = (): boolean => true;
export const both = splitLink<Superb>({
  condition,
  true: [kafkaBatchLink({ client, transformer })],
  false: kafkaLink({ client, transformer }),
});
export const wrong = splitLink<Superb>({
  condition,
  // @ts-expect-error the router has a transformer
  true: [kafkaBatchLink({ client })],
  false: kafkaLink({ client, transformer }),
});

kafkaBatchLink<Plain>({
  client,
  headers({ opList }) {
    expectTypeOf(opList[0].path).toEqualTypeOf<string>();
    return { paths: opList.map(({ path }) => path).join() };
  },
});
// @ts-expect-error there are several operations
kafkaBatchLink<Plain>({ client, headers: ({ op }) => ({ path: op.path }) });
