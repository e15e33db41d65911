/**
 * Open streams: what one of them costs a server instance and a client instance, idle and at work.
 * Owns: the order of the measurement. Must not know: how a process measures itself, how figures are shown.
 */
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type BenchBrokers, openBrokers } from '../broker/bench-brokers.ts';
import { type ControlledChild, startChild } from '../child/controlled-child.ts';
import type { FeedClientCommands } from '../processes/feed-client.ts';
import type { FeedServerCommands } from '../processes/feed-server.ts';
import { type BareFeedBytes, measureBareFeeds } from './bare-feed-bytes.ts';

/** What is measured. */
export interface StreamBenchmarkOptions {
  readonly streams: number;
  /** Brokers to run on; none: the embedded one. */
  readonly brokers: readonly string[];
  readonly idleMs: number;
  /** Items each stream gets, one in each period. */
  readonly items: number;
  readonly periodMs: number;
  /** A folder for heap snapshots of server and client, written while all streams are open. */
  readonly snapshots: string | undefined;
  /** Told what is being done. */
  readonly onStep: (step: string) => void;
}

/** What a stream costs; bytes are those of one stream. */
export interface StreamFigures {
  readonly brokers: string;
  readonly bare: BareFeedBytes;
  readonly serverBytes: number;
  readonly serverBytesAtWork: number;
  readonly clientBytes: number;
  readonly clientBytesAtWork: number;
  /** How long it took until all had started. */
  readonly openMs: number;
  /** Of server and client together; `undefined` where brokers do not tell. */
  readonly idleProducesPerSecond: number | undefined;
  readonly workProducesPerSecond: number | undefined;
  /** Shares of one core, of the server's process. */
  readonly idleCpu: number;
  readonly workCpu: number;
}

/** Opened and closed before anything is measured: code is compiled then, and tables have a size. */
const warmUpStreams = 1000;

interface Sides {
  readonly brokers: BenchBrokers;
  readonly server: ControlledChild<FeedServerCommands>;
  readonly client: ControlledChild<FeedClientCommands>;
}

/**
 * Measures.
 * @throws Error when a stream does not get each of its items, once and in order.
 */
export async function runStreamBenchmark(options: StreamBenchmarkOptions): Promise<StreamFigures> {
  options.onStep('the same generators without a transport');
  const bare = await measureBareFeeds(options.streams);
  await using brokers = await openBrokers(options.brokers);
  await using server = startChild<FeedServerCommands>('feed-server');
  await using client = startChild<FeedClientCommands>('feed-client');
  const sides = { brokers, server, client };
  const place = { service: `bench-${process.pid}-${Date.now().toString(36)}`, brokers: brokers.addresses };
  await server.ask('start', place);
  await client.ask('start', place);
  options.onStep('warming up');
  await warmUp(sides);
  const [serverBefore, clientBefore] = await memoryOf(sides);

  options.onStep(`opening ${options.streams} streams`);
  const startedAt = performance.now();
  await client.ask('open', options.streams);
  const openMs = performance.now() - startedAt;
  const [serverIdle, clientIdle] = await memoryOf(sides);
  if (options.snapshots !== undefined) await writeSnapshots(sides, options.snapshots);

  options.onStep(`idle for ${options.idleMs / 1000} s`);
  const idle = await watch(sides, () => delay(options.idleMs));

  options.onStep(`an item for each stream every ${options.periodMs / 1000} s, ${options.items} times`);
  const work = await watch(sides, () => sendItems(sides, options));
  const [serverWorked, clientWorked] = work.result;

  const perStream = (bytes: number): number => bytes / options.streams;
  return {
    brokers: brokers.name,
    bare,
    serverBytes: perStream(serverIdle - serverBefore),
    serverBytesAtWork: perStream(serverWorked - serverBefore),
    clientBytes: perStream(clientIdle - clientBefore),
    clientBytesAtWork: perStream(clientWorked - clientBefore),
    openMs,
    idleProducesPerSecond: idle.producesPerSecond,
    workProducesPerSecond: work.producesPerSecond,
    idleCpu: idle.cpu,
    workCpu: work.cpu,
  };
}

async function warmUp({ server, client }: Sides): Promise<void> {
  await client.ask('open', warmUpStreams);
  const received = client.ask('received', 2);
  await server.ask('run', { periods: 2, periodMs: 500 });
  await received;
  await client.ask('close');
  await server.ask('closed');
}

/** One after the other: they share the cores, and neither has anything else to do. */
async function memoryOf({ server, client }: Sides): Promise<readonly [server: number, client: number]> {
  return [await server.ask('memoryBytes'), await client.ask('memoryBytes')];
}

async function writeSnapshots({ server, client }: Sides, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await server.ask('snapshot', resolve(folder, 'server.heapsnapshot'));
  await client.ask('snapshot', resolve(folder, 'client.heapsnapshot'));
}

/** Measures once more in the midst of the items: after half of the last period, when half of the streams have had their last one. */
async function sendItems(
  sides: Sides,
  { items, periodMs }: StreamBenchmarkOptions,
): Promise<readonly [server: number, client: number]> {
  const { server, client } = sides;
  const received = client.ask('received', items);
  const run = server.ask('run', { periods: items, periodMs });
  await delay((items - 0.5) * periodMs);
  const memory = await memoryOf(sides);
  await Promise.all([run, received]);
  return memory;
}

async function watch<TResult>({ brokers, server }: Sides, work: () => Promise<TResult>) {
  const startedAt = performance.now();
  const [produces, cpuMs] = [await brokers.produceRequests(), await server.ask('cpuMs')];
  const result = await work();
  const [producesThen, cpuMsThen] = [await brokers.produceRequests(), await server.ask('cpuMs')];
  const passedMs = performance.now() - startedAt;
  return {
    result,
    cpu: (cpuMsThen - cpuMs) / passedMs,
    producesPerSecond:
      produces === undefined || producesThen === undefined
        ? undefined
        : ((producesThen - produces) / passedMs) * 1000,
  };
}
