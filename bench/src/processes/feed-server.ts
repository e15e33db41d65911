/** The server instance whose memory is measured, as a process of its own. */
import { writeHeapSnapshot } from 'node:v8';
import { applyKafkaHandler } from '@trpc-kafka/adapter';
import { defineKafkaService } from '@trpc-kafka/core';
import { Kafka, logLevel } from 'kafkajs';
import { serveCommands } from '../child/served-commands.ts';
import { settledMemoryBytes } from '../measure/settled-memory.ts';
import { createFeeds } from '../streams/feed-router.ts';

const feeds = createFeeds();

const commands = {
  async start({ service, brokers }: { service: string; brokers: readonly string[] }): Promise<void> {
    const handler = applyKafkaHandler({
      kafka: new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }),
      service: defineKafkaService({ name: service }),
      router: feeds.router,
    });
    await handler.ready();
  },
  /** Resolves when the generators of all streams that were opened have run to their end. */
  closed: () => feeds.closed(),
  run: ({ periods, periodMs }: { periods: number; periodMs: number }) => feeds.run(periods, periodMs),
  memoryBytes: settledMemoryBytes,
  cpuMs(): number {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
  snapshot: (file: string): string => writeHeapSnapshot(file),
};

/** What the server's process can be asked. */
export type FeedServerCommands = typeof commands;

serveCommands(commands);
