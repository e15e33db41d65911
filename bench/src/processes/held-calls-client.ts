/** Whoever waits for the calls that a server holds, as a process of its own. */
import { createTRPCClient, type TRPCClient } from '@trpc/client';
import { createKafkaClient, kafkaLink } from '@trpc-kafka/link';
import { serveCommands } from '../child/served-commands.ts';
import { type DriverName, drivers } from '../contestants/drivers.ts';
import { settledMemoryBytes } from '../measure/settled-memory.ts';
import type { HeldCallsRouter } from './held-calls-server.ts';

let client: TRPCClient<HeldCallsRouter>;

const commands = {
  async start(options: { service: string; brokers: readonly string[]; driver: DriverName }): Promise<void> {
    const { service, brokers, driver } = options;
    const kafkaClient = createKafkaClient({
      kafka: await drivers[driver]({ brokers, name: service }),
      service,
      app: `${service}-app`,
      timeoutMs: 120_000,
    });
    client = createTRPCClient({ links: [kafkaLink({ client: kafkaClient })] });
    await kafkaClient.ready();
  },
  /** Resolves when all are answered. */
  async call(calls: number): Promise<void> {
    const text = (n: number): string => `${n}`.padEnd(100, 'x');
    await Promise.all(Array.from({ length: calls }, (_, n) => client.hold.query({ text: text(n) })));
  },
  memoryBytes: settledMemoryBytes,
};

/** What the client's process can be asked. */
export type HeldCallsClientCommands = typeof commands;

serveCommands(commands);
