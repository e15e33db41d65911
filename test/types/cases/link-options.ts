/** Links: a transformer is asked for exactly when the router has one, wherever the link stands. */
import { createTRPCClient, httpLink, loggerLink, retryLink, splitLink, type TRPCLink } from '@trpc/client';
import { initTRPC, type TRPCDataTransformer } from '@trpc/server';
import { type KafkaClient, type KafkaLinkOptions, kafkaLink } from '@trpc-kafka/link';

declare const client: KafkaClient;
declare const transformer: TRPCDataTransformer;
const plain = initTRPC.create();
const plainRouter = plain.router({ at: plain.procedure.query(() => new Date(0)) });
const superb = initTRPC.create({ transformer });
const superbRouter = superb.router({ at: superb.procedure.query(() => new Date(0)) });
type Plain = typeof plainRouter;
type Superb = typeof superbRouter;

export const plainLink: TRPCLink<Plain> = kafkaLink<Plain>({ client });
export const superbLink: TRPCLink<Superb> = kafkaLink<Superb>({ client, transformer });

// Direct.
export const right = [
  createTRPCClient<Plain>({ links: [kafkaLink({ client })] }),
  createTRPCClient<Superb>({ links: [kafkaLink({ client, transformer, headers: { a: 'b' } })] }),
] as const;
// @ts-expect-error the router has a transformer
createTRPCClient<Superb>({ links: [kafkaLink({ client })] });
// @ts-expect-error the router has none
createTRPCClient<Plain>({ links: [kafkaLink({ client, transformer })] });

// Behind other links.
const retry = { retry: () => false };
createTRPCClient<Superb>({ links: [loggerLink(), retryLink(retry), kafkaLink({ client, transformer })] });
// @ts-expect-error the router has a transformer
createTRPCClient<Superb>({ links: [loggerLink(), retryLink(retry), kafkaLink({ client })] });
// @ts-expect-error the router has none
createTRPCClient<Plain>({ links: [loggerLink(), retryLink(retry), kafkaLink({ client, transformer })] });

// In splitLink, alone and in arrays.
const condition = () => true;
const httpOfSuperb = httpLink<Superb>({ url: '', transformer });
export const split = [
  splitLink<Superb>({ condition, true: httpOfSuperb, false: kafkaLink({ client, transformer }) }),
  splitLink<Superb>({ condition, true: [httpOfSuperb], false: [kafkaLink({ client, transformer })] }),
  // @ts-expect-error the router has a transformer
  splitLink<Superb>({ condition, true: httpOfSuperb, false: kafkaLink({ client }) }),
  // @ts-expect-error the router has a transformer
  splitLink<Superb>({ condition, true: [httpOfSuperb], false: [kafkaLink({ client })] }),
];

// Made beforehand.
// @ts-expect-error the router has a transformer
kafkaLink<Superb>({ client });
// @ts-expect-error the router has none
kafkaLink<Plain>({ client, transformer });
// @ts-expect-error no link without a client
kafkaLink<Plain>();

export const options: KafkaLinkOptions<Superb> = { client, transformer };
// @ts-expect-error a link for another router
export const mixed: TRPCLink<Plain> = kafkaLink<Superb>({ client });

// Headers: texts, or a function of the operation.
export const ofOperation = kafkaLink<Plain>({
  client,
  headers: async ({ op }) => ({ path: op.path, type: op.type }),
});
// @ts-expect-error a header is a text
kafkaLink<Plain>({ client, headers: { retries: 3 } });
// @ts-expect-error an operation has no such field
kafkaLink<Plain>({ client, headers: ({ op }) => ({ topic: op.topic }) });
// @ts-expect-error there is no such option
kafkaLink<Plain>({ client, header: {} });

// Outputs are as the transformer restores them: a Date with superjson, a text without.
export async function outputs(): Promise<unknown[]> {
  const [plainClient, superbClient] = right;
  const text: string = await plainClient.at.query();
  const date: Date = await superbClient.at.query();
  // @ts-expect-error without a transformer it is a text
  const wrong: Date = await plainClient.at.query();
  // @ts-expect-error there is no such procedure
  await plainClient.elsewhere.query();
  return [text, date, wrong];
}
