/** Results that come bit by bit: what is awaited of them has the types that the router gave it. */
import { createTRPCClient } from '@trpc/client';
import { initTRPC, type TRPCDataTransformer } from '@trpc/server';
import { createKafkaClient, type KafkaClient, kafkaContext, kafkaLink } from '@trpc-kafka/link';
import { expectTypeOf } from 'expect-type';
import type { Kafka } from 'kafkajs';

declare const client: KafkaClient;
declare const kafka: Kafka;
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

// Without a transformer, as JSON leaves them.
const plain = initTRPC.create();
const plainRouter = plain.router({
  rows: plain.procedure.query(async function* () {
    yield { at: new Date(0) };
    return new Date(0);
  }),
  parts: plain.procedure.mutation(() => ({
    now: new Date(0),
    soon: Promise.resolve({ at: new Date(0), later: Promise.resolve(new Date(0)) }),
    rows: (async function* () {
      yield new Date(0);
    })(),
  })),
});
const plainClient = createTRPCClient<typeof plainRouter>({ links: [kafkaLink({ client })] });

export async function plainResults(): Promise<void> {
  const rows = await plainClient.rows.query(undefined, { context: kafkaContext({ idleTimeoutMs: 1000 }) });
  for await (const row of rows) expectTypeOf(row).toEqualTypeOf<{ at: string }>();
  const last = await rows[Symbol.asyncIterator]().next();
  if (last.done === true) expectTypeOf(last.value).toEqualTypeOf<string>();
  const parts = await plainClient.parts.mutate();
  expectTypeOf(parts.now).toEqualTypeOf<string>();
  const soon = await parts.soon;
  expectTypeOf(soon.at).toEqualTypeOf<string>();
  expectTypeOf(await soon.later).toEqualTypeOf<string>();
  for await (const row of parts.rows) expectTypeOf(row).toEqualTypeOf<string>();
  // @ts-expect-error JSON has no dates
  for await (const row of await plainClient.rows.query()) row.at.getTime();
}

export const patient: KafkaClient = createKafkaClient({ kafka, service: 'flights', idleTimeoutMs: 60_000 });
// @ts-expect-error a time in ms
export const hasty: KafkaClient = createKafkaClient({ kafka, service: 'flights', idleTimeoutMs: '1 s' });
