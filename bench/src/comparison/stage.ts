/**
 * A contestant at work: its servers and its client, each a process, and what they used for what was done.
 * Owns: the lives of the processes and the topics. Must not know: in which order anything is measured.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { removeTopics } from '../broker/create-topics.ts';
import { type ControlledChild, startChild } from '../child/controlled-child.ts';
import type { ContestantSetting } from '../contestants/contestant.ts';
import { type ContestantEntry, findContestant } from '../contestants/index.ts';
import type { LoadOutcome } from '../load/closed-loop.ts';
import type { StreamOutcome } from '../load/stream-loop.ts';
import type { ProcessUsage } from '../measure/process-usage.ts';
import type { OwnerTimes } from '../measure/profile-owners.ts';
import type { ContestantClientCommands } from '../processes/contestant-client.ts';
import type { ContestantServerCommands } from '../processes/contestant-server.ts';

/** What came of something, and what each side used for it. */
export type Used<TOutcome> = TOutcome & {
  readonly clientCpuMs: number;
  /** Of all servers. */
  readonly serverCpuMs: number;
};

/** Memory of the client and of the first server, in bytes. */
export interface MemoryFigures {
  readonly clientRss: number;
  readonly serverRss: number;
  /** Heap and external memory, after forced garbage collections. */
  readonly clientHeap: number;
  readonly serverHeap: number;
}

/** A contestant with a client that can be told to call. */
export interface Stage extends AsyncDisposable {
  /** What its topics begin with. */
  readonly name: string;
  closedLoop(load: { inFlight: number; durationMs: number }): Promise<Used<LoadOutcome>>;
  openLoop(load: { perSecond: number; durationMs: number }): Promise<Used<LoadOutcome>>;
  streams(load: { streams: number; items: number; durationMs: number }): Promise<Used<StreamOutcome>>;
  /** As a closed loop, while client and first server look where their CPU time goes: ms by owner. */
  profile(load: {
    inFlight: number;
    durationMs: number;
  }): Promise<LoadOutcome & { readonly client: OwnerTimes; readonly server: OwnerTimes }>;
  /** Nothing is called for so long. */
  idle(durationMs: number): Promise<Used<{ readonly passedMs: number }>>;
  /** Of the client and of the first server, with what they no longer need collected. */
  memory(): Promise<MemoryFigures>;
}

/** Who comes, and where. */
export interface StageOptions {
  readonly contestant: ContestantEntry['name'];
  readonly brokers: readonly string[];
  /** Of topics of requests. @default 12 */
  readonly partitions?: number;
  /** Server instances. @default 1 */
  readonly servers?: number;
}

let lastStage = 0;

/** Starts the servers, then the client. */
export async function openStage(options: StageOptions): Promise<Stage> {
  const { contestant: name, brokers, partitions = 12, servers: serverCount = 1 } = options;
  const setting: ContestantSetting = {
    brokers,
    name: `bench-${process.pid}-${Date.now().toString(36)}-${++lastStage}`,
    partitions,
  };
  const client = startChild<ContestantClientCommands>('contestant-client');
  const servers = Array.from({ length: serverCount }, () =>
    startChild<ContestantServerCommands>('contestant-server'),
  );

  async function end(): Promise<void> {
    await Promise.allSettled([client, ...servers].map(closeAndEnd));
    if (findContestant(name).transport === 'kafka') await removeTopics(brokers, setting.name);
  }

  try {
    let address: string | undefined;
    for (const server of servers) ({ address } = await server.ask('start', { name, setting }));
    await client.ask('start', { name, setting: { ...setting, address } });
  } catch (error) {
    await end();
    throw error;
  }
  const use = createUse(client, servers);
  return {
    name: setting.name,
    closedLoop: (load) => use(() => client.ask('closedLoop', load)),
    openLoop: (load) => use(() => client.ask('openLoop', load)),
    streams: (load) => use(() => client.ask('streams', load)),
    async profile(load) {
      const [server] = servers;
      await Promise.all([client.ask('startProfile'), server!.ask('startProfile')]);
      const outcome = await client.ask('closedLoop', load);
      return {
        ...outcome,
        client: await client.ask('profileOwners'),
        server: await server!.ask('profileOwners'),
      };
    },
    idle: (durationMs) =>
      use(async () => {
        const startedAt = performance.now();
        await delay(durationMs);
        return { passedMs: performance.now() - startedAt };
      }),
    memory: () => memoryOf(client, servers[0]!),
    [Symbol.asyncDispose]: end,
  };
}

interface UsageCommands {
  readonly [command: string]: (argument: never) => unknown;
  readonly usage: () => ProcessUsage;
  readonly settledMemoryBytes: () => Promise<number>;
  readonly close: () => Promise<void> | undefined;
}

/** Who does not close in time is not waited for: its process ends either way. */
const closeMs = 3000;

async function closeAndEnd(child: ControlledChild<UsageCommands>): Promise<void> {
  const patience = new Promise((resolve) => setTimeout(resolve, closeMs).unref());
  await Promise.race([child.ask('close').catch(() => {}), patience]);
  await child[Symbol.asyncDispose]();
}

function createUse(
  client: ControlledChild<UsageCommands>,
  servers: readonly ControlledChild<UsageCommands>[],
) {
  const askAll = (): Promise<[ProcessUsage, ...ProcessUsage[]]> =>
    Promise.all([client.ask('usage'), ...servers.map((server) => server.ask('usage'))]);
  return async <TOutcome>(work: () => Promise<TOutcome>): Promise<Used<TOutcome>> => {
    const [clientBefore, ...serversBefore] = await askAll();
    const outcome = await work();
    const [clientAfter, ...serversAfter] = await askAll();
    return {
      ...outcome,
      clientCpuMs: clientAfter.cpuMs - clientBefore.cpuMs,
      serverCpuMs: sumOf(serversAfter) - sumOf(serversBefore),
    };
  };
}

async function memoryOf(
  client: ControlledChild<UsageCommands>,
  server: ControlledChild<UsageCommands>,
): Promise<MemoryFigures> {
  const [{ rssBytes: clientRss }, { rssBytes: serverRss }] = [
    await client.ask('usage'),
    await server.ask('usage'),
  ];
  return {
    clientRss,
    serverRss,
    clientHeap: await client.ask('settledMemoryBytes'),
    serverHeap: await server.ask('settledMemoryBytes'),
  };
}

function sumOf(usages: readonly ProcessUsage[]): number {
  return usages.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
}
