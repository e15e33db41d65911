/** What a call in flight takes of memory, while its resolver is at work. */
import { removeTopics } from '../broker/create-topics.ts';
import { startChild } from '../child/controlled-child.ts';
import type { DriverName } from '../contestants/drivers.ts';
import type { HeldCallsClientCommands } from '../processes/held-calls-client.ts';
import type { HeldCallsServerCommands } from '../processes/held-calls-server.ts';

/** Bytes of one call: `heapUsed + external`, after forced garbage collections. */
export interface HeldCallFigures {
  readonly server: number;
  /** Of it: what the resolver's promise, tRPC's call of it and a signal take without a transport. */
  readonly bare: number;
  readonly client: number;
}

/** Has so many calls held open. */
export async function measureHeldCalls({
  brokers,
  driver,
  calls,
}: {
  readonly brokers: readonly string[];
  readonly driver: DriverName;
  readonly calls: number;
}): Promise<HeldCallFigures> {
  const service = `bench-${process.pid}-${Date.now().toString(36)}-held`;
  await using server = startChild<HeldCallsServerCommands>('held-calls-server');
  await using client = startChild<HeldCallsClientCommands>('held-calls-client');
  await server.ask('start', { service, brokers, driver, calls });
  await client.ask('start', { service, brokers, driver });

  async function hold(): Promise<{ readonly end: () => Promise<void> }> {
    const answered = client.ask('call', calls);
    await server.ask('heldCalls', calls);
    return {
      async end() {
        await server.ask('letGo');
        await answered;
      },
    };
  }

  // Code is compiled, and tables have a size.
  await (await hold()).end();
  await (await hold()).end();
  const before = { server: await server.ask('memoryBytes'), client: await client.ask('memoryBytes') };
  const held = await hold();
  const during = { server: await server.ask('memoryBytes'), client: await client.ask('memoryBytes') };
  await held.end();
  const bare = await measureBare();
  await server[Symbol.asyncDispose]();
  await client[Symbol.asyncDispose]();
  await removeTopics(brokers, service);
  return {
    server: (during.server - before.server) / calls,
    bare,
    client: (during.client - before.client) / calls,
  };

  async function measureBare(): Promise<number> {
    const bytesBefore = await server.ask('memoryBytes');
    await server.ask('holdBare', calls);
    await server.ask('heldCalls', calls);
    const bytes = await server.ask('memoryBytes');
    await server.ask('letGo');
    return (bytes - bytesBefore) / calls;
  }
}
