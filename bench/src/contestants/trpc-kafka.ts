/** What is ours: both links over each driver. */
import { applyKafkaHandler } from '@trpc-kafka/adapter';
import { createKafkajsDriver, defineKafkaService, type KafkaDriver } from '@trpc-kafka/core';
import { createKafkaClient, kafkaBatchLink, kafkaLink } from '@trpc-kafka/link';
import { Kafka, logLevel } from 'kafkajs';
import type { Contestant, ContestantSetting } from './contestant.ts';
import { echoRouter } from './echo-router.ts';
import { createTrpcEchoClient } from './trpc-echo-client.ts';

type CreateDriver = (setting: ContestantSetting) => KafkaDriver;
type CreateLink = typeof kafkaLink | typeof kafkaBatchLink;

const overKafkajs: CreateDriver = ({ brokers, name }) =>
  createKafkajsDriver(new Kafka({ brokers: [...brokers], clientId: name, logLevel: logLevel.NOTHING }));

export const kafkaLinkOverKafkajs: Contestant = createContestant(overKafkajs, kafkaLink);
export const kafkaBatchLinkOverKafkajs: Contestant = createContestant(overKafkajs, kafkaBatchLink);

function createContestant(createDriver: CreateDriver, createLink: CreateLink): Contestant {
  return {
    async startServer(setting) {
      const handler = applyKafkaHandler({
        kafka: createDriver(setting),
        service: serviceOf(setting),
        router: echoRouter,
      });
      await handler.ready();
      return { close: () => handler.close() };
    },
    async openClient(setting) {
      const client = createKafkaClient({
        kafka: createDriver(setting),
        service: serviceOf(setting),
        app: `${setting.name}-app`,
      });
      await client.ready();
      return createTrpcEchoClient(createLink({ client }), () => client.close());
    },
  };
}

function serviceOf({ name, partitions }: ContestantSetting) {
  return defineKafkaService({ name, topics: { requests: { partitions } } });
}
