/**
 * NestJS microservices over Kafka: `ClientKafka.send` and `@MessagePattern`, with the settings they come with. One is
 * set: `fromBeginning`. A group has no position between its first join and its first fetch, and what comes meanwhile
 * would stand before the end that it then starts from.
 * Its topics have one partition each, as those have that brokers make by themselves: with 12 it is a third slower,
 * since kafkajs spreads records that come one at a time, and commits each partition.
 */
import { ClientKafka, type KafkaOptions } from '@nestjs/microservices';
import { logLevel } from 'kafkajs';
import { firstValueFrom } from 'rxjs';
import { createTopics } from '../broker/create-topics.ts';
import type { Contestant, ContestantSetting } from './contestant.ts';
import { startNestServer } from './nest-kafka-server.ts';

export const nestKafka: Contestant = {
  async startServer(setting) {
    const pattern = patternOf(setting);
    await createTopics(setting.brokers, { [pattern]: 1, [`${pattern}.reply`]: 1 });
    const service = await startNestServer(pattern, optionsOf(setting));
    return { close: () => service.close() };
  },
  async openClient(setting) {
    const client = new ClientKafka(optionsOf(setting));
    const pattern = patternOf(setting);
    client.subscribeToResponseOf(pattern);
    // Resolves when its consumer has joined its group, which gives it a partition for answers.
    await client.connect();
    return {
      call: (text) => firstValueFrom(client.send<string, { text: string }>(pattern, { text })),
      close: () => client.close(),
    };
  },
};

function patternOf({ name }: ContestantSetting): string {
  return `${name}.echo`;
}

function optionsOf({ brokers, name }: ContestantSetting): NonNullable<KafkaOptions['options']> {
  return {
    client: { clientId: name, brokers: [...brokers], logLevel: logLevel.NOTHING },
    consumer: { groupId: name },
    subscribe: { fromBeginning: true },
  };
}
