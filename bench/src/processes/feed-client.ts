/** The client instance that reads all streams, as a process of its own. */

import { writeHeapSnapshot } from 'node:v8';
import { createTRPCClient, type TRPCClient } from '@trpc/client';
import { createKafkaClient, kafkaLink } from '@trpc-kafka/link';
import { Kafka, logLevel } from 'kafkajs';
import { serveCommands } from '../child/served-commands.ts';
import { settledMemoryBytes } from '../measure/settled-memory.ts';
import { createFeedReaders, type FeedReaders } from '../streams/feed-readers.ts';
import type { FeedRouter } from '../streams/feed-router.ts';

let client: TRPCClient<FeedRouter>;
let readers: FeedReaders | undefined;

const commands = {
  start({ service, brokers }: { service: string; brokers: readonly string[] }): void {
    const kafkaClient = createKafkaClient({
      kafka: new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }),
      service,
      app: `${service}-app`,
      timeoutMs: 60_000,
    });
    client = createTRPCClient<FeedRouter>({ links: [kafkaLink<FeedRouter>({ client: kafkaClient })] });
  },
  /** Resolves when so many have started. */
  async open(count: number): Promise<void> {
    readers = createFeedReaders(client, count);
    await readers.started;
  },
  /** Resolves when each has got so many items, and nothing but those. */
  received: (items: number) => readers!.received(items),
  close(): void {
    readers?.close();
    readers = undefined;
  },
  memoryBytes: settledMemoryBytes,
  snapshot: (file: string): string => writeHeapSnapshot(file),
};

/** What the client's process can be asked. */
export type FeedClientCommands = typeof commands;

serveCommands(commands);
