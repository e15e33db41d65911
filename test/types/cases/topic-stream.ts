/** A topic as a subscription: the client has what `decode` makes, with the id. */
import { createTRPCClient } from '@trpc/client';
import { initTRPC } from '@trpc/server';
import { topicStream } from '@trpc-kafka/adapter';
import { type KafkaClient, kafkaLink } from '@trpc-kafka/link';
import { expectTypeOf } from 'expect-type';
import type { Kafka } from 'kafkajs';
import { z } from 'zod';

declare const client: KafkaClient;
declare const kafka: Kafka;
declare const decode: (record: { readonly value: Uint8Array | null }) => { gate: string };
const t = initTRPC.create();
const input = z.object({ airport: z.string(), lastEventId: z.string().nullish() });
const router = t.router({
  returned: t.procedure.input(input).subscription(({ input: { airport, lastEventId }, signal }) =>
    topicStream({
      kafka,
      topic: 'departures',
      lastEventId,
      decode,
      filter: ({ gate }, { key }) => gate.startsWith(airport) || String(key) === airport,
      signal,
    }),
  ),
  yielded: t.procedure.subscription(async function* ({ signal }) {
    yield* topicStream({
      kafka,
      topic: 'departures',
      decode,
      signal,
      from: { timestampMs: 0 },
      end: 'current',
    });
  }),
  undecoded: t.procedure.subscription(() => topicStream({ kafka, topic: 'departures' })),
  vouchedFor: t.procedure.subscription(() => topicStream<{ n: number }>({ kafka, topic: 'departures' })),
});
const trpc = createTRPCClient<typeof router>({ links: [kafkaLink({ client })] });

export function subscribe(): void {
  trpc.returned.subscribe(
    { airport: 'FRA' },
    { onData: (event) => expectTypeOf(event).toEqualTypeOf<{ id: string; data: { gate: string } }>() },
  );
  trpc.yielded.subscribe(undefined, {
    onData: (event) => expectTypeOf(event).toEqualTypeOf<{ id: string; data: { gate: string } }>(),
  });
  trpc.undecoded.subscribe(undefined, {
    onData: ({ data }) => expectTypeOf(data).toEqualTypeOf<unknown>(),
  });
  trpc.vouchedFor.subscribe(undefined, {
    onData: ({ data }) => expectTypeOf(data.n).toEqualTypeOf<number>(),
  });
  // @ts-expect-error it has an airport
  trpc.returned.subscribe({}, {});
}

export async function read(): Promise<void> {
  for await (const [id, data] of topicStream({ kafka, topic: 'departures', decode, onGap: 'skip' })) {
    expectTypeOf(id).toExtend<string>();
    expectTypeOf(data.gate).toEqualTypeOf<string>();
  }
}

// @ts-expect-error which topic?
topicStream({ kafka });
// @ts-expect-error there is no such beginning
topicStream({ kafka, topic: 'departures', from: 'yesterday' });
// @ts-expect-error what a filter gets is what decode makes
topicStream({ kafka, topic: 'departures', decode, filter: (data: string) => data !== '' });
