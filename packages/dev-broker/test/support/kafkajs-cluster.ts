/**
 * What tests with kafkajs need: a dev broker, a quiet client, and the end of both.
 *
 * Owns: starting and stopping. Must not know: what is tested.
 */
import { type Admin, type Consumer, Kafka, logLevel, type Producer, type ProducerConfig } from 'kafkajs';
import { createDevBroker, type DevBroker, type DevBrokerOptions } from '../../src/index.js';

/** A broker and the kafkajs clients made for it, all closed together. */
export interface KafkajsCluster extends AsyncDisposable {
  readonly broker: DevBroker;
  readonly kafka: Kafka;
  admin(): Promise<Admin>;
  producer(config?: ProducerConfig): Promise<Producer>;
  /** A consumer that polls in short intervals, so that it notices rebalances soon. */
  consumer(groupId: string): Promise<Consumer>;
}

export async function startKafkajsCluster(options: DevBrokerOptions = {}): Promise<KafkajsCluster> {
  process.env['KAFKAJS_NO_PARTITIONER_WARNING'] = '1';
  const broker = await createDevBroker(options);
  const kafka = new Kafka({ brokers: broker.brokers, logLevel: logLevel.NOTHING, retry: { retries: 3 } });
  const clients: { disconnect(): Promise<void> }[] = [];
  const connected = async <T extends { connect(): Promise<void>; disconnect(): Promise<void> }>(
    client: T,
  ): Promise<T> => {
    clients.push(client);
    await client.connect();
    return client;
  };
  return {
    broker,
    kafka,
    admin: () => connected(kafka.admin()),
    producer: (config) => connected(kafka.producer({ allowAutoTopicCreation: false, ...config })),
    consumer: (groupId) =>
      connected(
        kafka.consumer({
          groupId,
          sessionTimeout: 6000,
          heartbeatInterval: 50,
          maxWaitTimeInMs: 50,
          allowAutoTopicCreation: false,
        }),
      ),
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client.disconnect()));
      await broker.close();
    },
  };
}
