/** Whoever calls, as a process of its own. */
import { createTRPCClient, type TRPCClient } from '@trpc/client';
import { createKafkaClient, kafkaLink } from '@trpc-kafka/link';
import { Kafka, logLevel } from 'kafkajs';
import { serveCommands } from '../child/served-commands.ts';
import { callInClosedLoop, callInOpenLoop } from '../overload/call-loops.ts';
import type { WorkRouter } from '../overload/work-router.ts';

let client: TRPCClient<WorkRouter>;

const commands = {
  async start({
    service,
    brokers,
    timeoutMs,
  }: {
    service: string;
    brokers: readonly string[];
    timeoutMs: number;
  }): Promise<void> {
    const kafkaClient = createKafkaClient({
      kafka: new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }),
      service,
      app: `${service}-app`,
      timeoutMs,
      maxPendingCalls: 1_000_000,
    });
    await kafkaClient.ready();
    client = createTRPCClient<WorkRouter>({ links: [kafkaLink<WorkRouter>({ client: kafkaClient })] });
  },
  closedLoop: (options: { callers: number; durationMs: number }) =>
    callInClosedLoop(() => client.work.query(), options),
  openLoop: (options: { perSecond: number; durationMs: number }) =>
    callInOpenLoop(() => client.work.query(), options),
};

/** What the client's process can be asked. */
export type WorkClientCommands = typeof commands;

serveCommands(commands);
