/**
 * NestJS microservices over Kafka: `ClientKafka.send` and `@MessagePattern`, with the settings they come with.
 * The one that is set, `fromBeginning`, loses nothing else: a group has no position between its first join and its first
 * fetch, and what comes meanwhile would be before the end that it then starts from.
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
    // It answers in the topic of that name, and each client needs a partition of its own there.
    const { partitions } = setting;
    await createTopics(setting.brokers, { [pattern]: partitions, [`${pattern}.reply`]: partitions });
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
