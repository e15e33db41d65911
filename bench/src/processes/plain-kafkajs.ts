/** kafkajs as it is, with nothing to do: a producer that has written once, and a consumer. */
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { serveCommands } from '../child/served-commands.ts';
import { processUsage } from '../measure/process-usage.ts';

const commands = {
  async start({ brokers, topic }: { brokers: readonly string[]; topic: string }): Promise<void> {
    const kafka = new Kafka({ brokers: [...brokers], clientId: topic, logLevel: logLevel.NOTHING });
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    const consumer = kafka.consumer({ groupId: topic });
    await Promise.all([producer.connect(), consumer.connect()]);
    await consumer.subscribe({ topic, fromBeginning: true });
    const received = new Promise<void>((resolve) => {
      void consumer.run({ eachMessage: async () => resolve() });
    });
    await producer.send({ topic, messages: [{ value: 'one' }] });
    await received;
  },
  usage: processUsage,
};

/** What this process can be asked. */
export type PlainKafkajsCommands = typeof commands;

serveCommands(commands);
