/** Ready means ready: a call made right after `ready()` is answered, two hundred times in a row. */
import { createTRPCClient } from '@trpc/client';
import { initTRPC } from '@trpc/server';
import { applyKafkaHandler } from '@trpc-kafka/adapter';
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { createKafkaClient, kafkaLink } from '@trpc-kafka/link';
import { Kafka, logLevel } from 'kafkajs';
import { expect, test } from 'vitest';

const pairs = 200;
const t = initTRPC.create();
const router = t.router({ next: t.procedure.mutation(() => 'done') });

test(`${pairs} fresh pairs of handler and client: no call made after ready() is lost`, async () => {
  await using broker = await createDevBroker();
  const createKafka = () => new Kafka({ brokers: [...broker.brokers], logLevel: logLevel.NOTHING });
  const answers: string[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const service = `pair-${pair}`;
    const handler = applyKafkaHandler({ kafka: createKafka(), service, router });
    const kafkaClient = createKafkaClient({ kafka: createKafka(), service });
    const client = createTRPCClient<typeof router>({
      links: [kafkaLink<typeof router>({ client: kafkaClient })],
    });
    await handler.ready();
    // The client may not be connected yet: that is its own business.
    answers.push(await client.next.mutate());
    await Promise.all([kafkaClient.close(), handler.close()]);
  }
  expect(answers).toEqual(Array.from({ length: pairs }, () => 'done'));
}, 300_000);
