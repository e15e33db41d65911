/** Options of one call, through tRPC's `context` and `signal`; those of a client; and of a service. */
import { createTRPCClient } from '@trpc/client';
import { initTRPC } from '@trpc/server';
import { defineKafkaService, type KafkaService, type RecordCodec } from '@trpc-kafka/core';
import {
  createKafkaClient,
  type KafkaCallOptions,
  type KafkaClient,
  type KafkaReplyMeta,
  kafkaContext,
  kafkaLink,
} from '@trpc-kafka/link';
import { expectTypeOf } from 'expect-type';
import type { Kafka } from 'kafkajs';

declare const kafka: Kafka;
declare const codec: RecordCodec;
const t = initTRPC.create();
const router = t.router({ one: t.procedure.query(() => 1) });

// A service.
export const service: KafkaService = defineKafkaService({ name: 'flights' });
defineKafkaService({
  name: 'flights',
  topicPrefix: 'staging.',
  groupId: 'flights-servers',
  topics: { requests: { partitions: 48, replicationFactor: 3 }, oneWay: { retentionMs: 1 }, control: 'c' },
});
// @ts-expect-error a service has a name
defineKafkaService({});
// @ts-expect-error there is no such option
defineKafkaService({ name: 'flights', prefix: 'staging.' });
// @ts-expect-error there is no such topic
defineKafkaService({ name: 'flights', topics: { events: 'e' } });
// @ts-expect-error nor such a setting of one
defineKafkaService({ name: 'flights', topics: { requests: { partition: 3 } } });
// @ts-expect-error a service is not changed once it is defined
service.name = 'trains';

// A client.
const kafkaClient = createKafkaClient({
  kafka,
  service,
  app: 'checkout',
  timeoutMs: 500,
  codec,
  lazy: { enabled: true, closeMs: 1000 },
  connectionParams: async () => ({ token: 'abc' }),
  retryDelayMs: (attemptIndex) => attemptIndex * 100,
  onOpen: () => {},
  onError: (error) => void error.message,
  onClose: () => {},
});
expectTypeOf(kafkaClient).toEqualTypeOf<KafkaClient>();
// @ts-expect-error there is no such option
createKafkaClient({ kafka, service, timeout: 500 });
// @ts-expect-error nor such a one of lazy clients
createKafkaClient({ kafka, service, lazy: { closeAfterMs: 1000 } });
// @ts-expect-error a codec has a name
createKafkaClient({ kafka, service, codec: { encode: JSON.stringify, decode: String } });
// @ts-expect-error connection parameters are texts
createKafkaClient({ kafka, service, connectionParams: { retries: 3 } });
// @ts-expect-error no client without a service
createKafkaClient({ kafka });

// A call.
const client = createTRPCClient<typeof router>({ links: [kafkaLink({ client: kafkaClient })] });
const options: KafkaCallOptions = { timeoutMs: 500, key: 'LH', idempotencyKey: 'once', headers: { a: 'b' } };
export const call = client.one.query(undefined, {
  signal: AbortSignal.abort(),
  context: kafkaContext(options),
});
expectTypeOf(kafkaContext({ key: 'LH' })).toEqualTypeOf<{ kafka: KafkaCallOptions }>();
export const beside = client.one.query(undefined, { context: { ...kafkaContext({ key: 'LH' }), mine: 1 } });
// @ts-expect-error there is no such option
kafkaContext({ timeoutms: 500 });
// @ts-expect-error it is a number of ms
kafkaContext({ timeoutMs: '500' });
// @ts-expect-error a key is a text
kafkaContext({ key: 7 });
// @ts-expect-error headers are texts
kafkaContext({ headers: { retries: 3 } });
// @ts-expect-error `expiresMs` is for one-way calls
kafkaContext({ expiresMs: 500 });

// What outer links and errors are told of a reply.
export const replyMeta: KafkaReplyMeta = { kafka: { topic: 'checkout.replies', partition: 0, offset: 7 } };
expectTypeOf<KafkaReplyMeta['kafka']['offset']>().toEqualTypeOf<number>();
