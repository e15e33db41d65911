import { initTRPC } from '@trpc/server';
import { createKafkaClient, createKafkaEmitter } from '@trpc-kafka/link';
import { Kafka, logLevel } from 'kafkajs';
import { expect, test } from 'vitest';

const t = initTRPC.create();
const router = t.router({ bookings: t.router({ audit: t.procedure.mutation(() => {}) }) });

test('printing an emitter sends nothing', async () => {
  const kafka = new Kafka({ brokers: ['127.0.0.1:1'], logLevel: logLevel.NOTHING });
  const client = createKafkaClient({ kafka, service: 'flights' });
  const emitter = createKafkaEmitter<typeof router>({ client });
  JSON.stringify({ emitter, bookings: emitter.bookings });
  expect(client.counters().oneWayCalls).toBe(0);
  await client.close();
});
