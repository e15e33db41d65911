/** Results that come bit by bit: what is awaited of them has the types that the router gave it. */
import { createTRPCClient } from '@trpc/client';
import { initTRPC, type TRPCDataTransformer } from '@trpc/server';
import { type KafkaClient, kafkaLink } from '@trpc-kafka/link';
import { expectTypeOf } from 'expect-type';

declare const client: KafkaClient;
declare const transformer: TRPCDataTransformer;
const t = initTRPC.create({ transformer });
const router = t.router({
  numbers: t.procedure.query(async function* () {
    yield 1;
    return 'done' as const;
  }),
  dates: t.procedure.mutation(async function* () {
    yield new Date(0);
  }),
  nested: t.procedure.query(() => ({
    now: 1,
    later: Promise.resolve({ deep: Promise.resolve(new Date(0)) }),
  })),
});
const trpc = createTRPCClient<typeof router>({ links: [kafkaLink({ client, transformer })] });

export async function results(): Promise<void> {
  for await (const number of await trpc.numbers.query()) expectTypeOf(number).toEqualTypeOf<number>();
  for await (const date of await trpc.dates.mutate()) expectTypeOf(date).toEqualTypeOf<Date>();
  const nested = await trpc.nested.query();
  expectTypeOf(nested.now).toEqualTypeOf<number>();
  expectTypeOf(await (await nested.later).deep).toEqualTypeOf<Date>();
  // @ts-expect-error it is not here yet
  void nested.later.deep;
  // @ts-expect-error it is no list
  void (await trpc.numbers.query()).length;
}
