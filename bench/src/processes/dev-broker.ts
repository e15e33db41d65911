/** The embedded broker as a process of its own: it takes no share of the memory and the time of those who use it. */
import { createDevBroker, type DevBroker } from '@trpc-kafka/dev-broker';
import { serveCommands } from '../child/served-commands.ts';

let broker: DevBroker | undefined;

const commands = {
  async start(): Promise<readonly string[]> {
    broker = await createDevBroker();
    return broker.brokers;
  },
  /** Requests of one API since the start. */
  requests: (api: 'Produce' | 'Fetch'): number => broker!.requests.count({ api }),
};

/** What the broker's process can be asked. */
export type DevBrokerCommands = typeof commands;

serveCommands(commands);
