/**
 * A handler and a client that run, on topics of one partition each, so that whatever is written stands right before the
 * next good call; everything they tell is kept.
 */

import { createTRPCUntypedClient, type TRPCUntypedClient } from '@trpc/client';
import type { AnyTRPCRouter, TRPCCombinedDataTransformer, TRPCDataTransformer } from '@trpc/server';
import {
  applyKafkaHandler,
  type KafkaHandler,
  type KafkaHandlerCounter,
  type KafkaHandlerEvent,
  type KafkaHandlerOptions,
} from '@trpc-kafka/adapter';
import { defineKafkaService, type KafkaService, type TransportLogger } from '@trpc-kafka/core';
import { createKafkaClient, type KafkaClient, type KafkaClientOptions, kafkaLink } from '@trpc-kafka/link';
import { Kafka, logLevel } from 'kafkajs';
import { type Collector, createCollector } from '../../support/collector.ts';
import { uniqueName } from '../../support/unique-name.ts';
import { openStranger, type Stranger } from './stranger.ts';
import { targetRouter } from './target-router.ts';

export interface Arena {
  readonly brokers: readonly string[];
  readonly service: KafkaService;
  readonly handler: KafkaHandler;
  readonly client: KafkaClient;
  /** Untyped, since hostile callers do not keep to types. */
  readonly trpc: TRPCUntypedClient<AnyTRPCRouter>;
  readonly stranger: Stranger;
  readonly events: Collector<KafkaHandlerEvent>;
  /** The messages given to `onError`. */
  readonly reported: Collector<string>;
  readonly logged: Collector<string>;
  readonly close: () => Promise<void>;
}

/** What an arena saw while something was done to it. */
export interface Sighting {
  /** By how much each counter of the handler went up. */
  readonly counted: Readonly<Partial<Record<KafkaHandlerCounter, number>>>;
  /** Without those of the driver. */
  readonly events: readonly KafkaHandlerEvent[];
  readonly reported: readonly string[];
  readonly logged: readonly string[];
}

export interface ArenaOptions {
  readonly brokers: readonly string[];
  /** @default echo, store and a.b, without a transformer */
  readonly router?: AnyTRPCRouter;
  /** The client's part; the server's is the router's own. */
  readonly transformer?: TRPCDataTransformer | TRPCCombinedDataTransformer | undefined;
  readonly handler?: Partial<KafkaHandlerOptions<AnyTRPCRouter>>;
  readonly client?: Partial<KafkaClientOptions>;
}

const one = { partitions: 1 };

/** A service whose topics have one partition each. @param name @default one that nobody else has */
export function onePartitionService(name: string = newName()): KafkaService {
  return defineKafkaService({
    name,
    topics: { requests: one, oneWay: one, control: one, replies: one, deadLetter: one, outcomes: one },
  });
}

function newName(): string {
  return uniqueName('hostile');
}

/** Starts them; they answer when the promise resolves. */
export async function openArena(options: ArenaOptions): Promise<Arena> {
  const kafka = new Kafka({ brokers: [...options.brokers], logLevel: logLevel.NOTHING });
  const service = onePartitionService();
  const events = createCollector<KafkaHandlerEvent>();
  const reported = createCollector<string>();
  const logged = createCollector<string>();
  const handler = applyKafkaHandler<AnyTRPCRouter>({
    kafka,
    service,
    router: options.router ?? targetRouter,
    onError: ({ error }) => reported.add(error.message),
    logger: keep(logged),
    ...options.handler,
  });
  handler.on((event) => events.add(event));
  const client = createKafkaClient({ kafka, service, ...options.client });
  await Promise.all([handler.ready(), client.ready()]);
  const { transformer } = options;
  const link = transformer === undefined ? { client } : { client, transformer };
  const stranger = await openStranger(kafka, service.topics.replies.topic);
  return {
    brokers: options.brokers,
    service,
    handler,
    client,
    trpc: createTRPCUntypedClient<AnyTRPCRouter>({ links: [kafkaLink<AnyTRPCRouter>(link)] }),
    stranger,
    events,
    reported,
    logged,
    async close() {
      await stranger.close();
      await client.close();
      await handler.close({ graceMs: 0 });
    },
  };
}

/** Does something, makes a good call after it, and tells what was seen until that call was answered. */
export async function watch(arena: Arena, act: () => Promise<unknown>): Promise<Sighting> {
  const { handler, trpc, events, reported, logged } = arena;
  const before = handler.counters();
  const seen = [events.items.length, reported.items.length, logged.items.length] as const;
  await act();
  // Records of a partition are judged in order: once this is answered, what was written before it has been judged.
  if ((await trpc.query('echo', 'still here')) !== 'still here')
    throw new Error('the good call was not echoed');
  const after = Object.entries(handler.counters()) as [KafkaHandlerCounter, number][];
  return {
    counted: Object.fromEntries(
      after.map(([name, count]) => [name, count - before[name]] as const).filter(([, more]) => more > 0),
    ),
    events: events.items.slice(seen[0]).filter(({ type }) => type !== 'driver'),
    reported: reported.items.slice(seen[1]),
    logged: logged.items.slice(seen[2]),
  };
}

function keep(logged: Collector<string>): TransportLogger {
  const add = (fields: object, message: string): void => {
    const { err } = fields as { err?: Error };
    logged.add(err === undefined ? `${message}: ${JSON.stringify(fields)}` : `${message}: ${err.message}`);
  };
  return { debug() {}, info() {}, warn: add, error: add };
}
