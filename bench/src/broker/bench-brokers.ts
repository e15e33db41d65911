/** The brokers a benchmark runs on: the embedded one, or those that were named. */
import { type ControlledChild, startChild } from '../child/controlled-child.ts';
import type { DevBrokerCommands } from '../processes/dev-broker.ts';

/** Brokers, and what is known of their work. */
export interface BenchBrokers extends AsyncDisposable {
  readonly name: string;
  readonly addresses: readonly string[];
  /** Produce requests since the start; `undefined` where brokers do not tell. */
  produceRequests(): Promise<number | undefined>;
}

/** Takes the brokers that are named, else starts the embedded one. */
export async function openBrokers(named: readonly string[]): Promise<BenchBrokers> {
  if (named.length > 0) {
    return {
      name: 'Kafka',
      addresses: named,
      produceRequests: async () => undefined,
      async [Symbol.asyncDispose]() {},
    };
  }
  const child: ControlledChild<DevBrokerCommands> = startChild('dev-broker');
  return {
    name: 'embedded broker',
    addresses: await child.ask('start'),
    produceRequests: () => child.ask('requests', 'Produce'),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}
