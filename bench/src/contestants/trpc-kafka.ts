/** What is ours: both links over each driver. */
import { applyKafkaHandler } from '@trpc-kafka/adapter';
import { defineKafkaService, type KafkaService } from '@trpc-kafka/core';
import { createKafkaClient, kafkaBatchLink, kafkaLink } from '@trpc-kafka/link';
import type { Contestant, ContestantSetting } from './contestant.ts';
import { type DriverName, drivers } from './drivers.ts';
import { echoRouter } from './echo-router.ts';
import { createTrpcEchoClient } from './trpc-echo-client.ts';

/** The links by name. */
export const links = { kafkaLink, kafkaBatchLink } as const;

/** Makes the contestant of a link and a driver. */
export function createTrpcKafka(link: keyof typeof links, driver: DriverName): Contestant {
  return {
    async startServer(setting) {
      const kafka = await drivers[driver](setting);
      const handler = applyKafkaHandler({
        kafka,
        service: serviceOf(setting),
        router: echoRouter,
      });
      await handler.ready();
      return {
        async close() {
          await handler.close();
          await kafka.close();
        },
      };
    },
    async openClient(setting) {
      const kafka = await drivers[driver](setting);
      const client = createKafkaClient({
        kafka,
        service: serviceOf(setting),
        app: `${setting.name}-app`,
      });
      await client.ready();
      return createTrpcEchoClient(links[link]({ client }), async () => {
        await client.close();
        await kafka.close();
      });
    },
  };
}

function serviceOf({ name, partitions }: ContestantSetting): KafkaService {
  return defineKafkaService({ name, topics: { requests: { partitions } } });
}
