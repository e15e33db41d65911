/** A server instance whose resolvers take their time, as a process of its own. */
import { applyKafkaHandler, type KafkaHandler } from '@trpc-kafka/adapter';
import { Kafka, logLevel } from 'kafkajs';
import { serveCommands } from '../child/served-commands.ts';
import { createWorkRouter } from '../overload/work-router.ts';

let handler: KafkaHandler;
let ran = (): number => 0;

const commands = {
  async start({
    service,
    brokers,
    resolverMs,
    maxConcurrentCalls,
  }: {
    service: string;
    brokers: readonly string[];
    resolverMs: number;
    maxConcurrentCalls: number;
  }): Promise<void> {
    const work = createWorkRouter(resolverMs);
    ran = work.ran;
    handler = applyKafkaHandler({
      kafka: new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }),
      service,
      router: work.router,
      maxConcurrentCalls,
    });
    await handler.ready();
  },
  /** Resolvers that were run, and calls that were dropped since they were too late, since the start. */
  counts: () => ({ ran: ran(), expired: handler.counters().expired }),
};

/** What the server's process can be asked. */
export type WorkServerCommands = typeof commands;

serveCommands(commands);
