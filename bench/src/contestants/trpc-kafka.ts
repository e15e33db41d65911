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
      const handler = applyKafkaHandler({
        kafka: await drivers[driver](setting),
        service: serviceOf(setting),
        router: echoRouter,
      });
      await handler.ready();
      return { close: () => handler.close() };
    },
    async openClient(setting) {
      const client = createKafkaClient({
        kafka: await drivers[driver](setting),
        service: serviceOf(setting),
        app: `${setting.name}-app`,
      });
      await client.ready();
      return createTrpcEchoClient(links[link]({ client }), () => client.close());
    },
  };
}

function serviceOf({ name, partitions }: ContestantSetting): KafkaService {
  return defineKafkaService({ name, topics: { requests: { partitions } } });
}
