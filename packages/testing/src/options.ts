/** What a pair can be told, with every default in one place. */
import type {
  AnyTRPCRouter,
  CreateContextCallback,
  inferRouterContext,
  inferTRPCClientTypes,
} from '@trpc/server';
import type { BaseHandlerOptions } from '@trpc/server/http';
import type { CreateKafkaContextFn, KafkaHandlerSettings, KafkaRequest } from '@trpc-kafka/adapter';
import type { KafkaService } from '@trpc-kafka/core';
import type { DevBroker, DevBrokerOptions } from '@trpc-kafka/dev-broker';
import type { KafkaClientOptions, LinkHeaders } from '@trpc-kafka/link';
import type { KafkaConfig } from 'kafkajs';
import type { TransformerOptions } from './trpc-internals.js';

/**
 * Options of `createTestPair`. `createContext` is required exactly when the router's context is not empty,
 * `transformer` exactly when the router has one.
 */
export type TestPairOptions<TRouter extends AnyTRPCRouter> = Pick<
  BaseHandlerOptions<TRouter, KafkaRequest | undefined>,
  'router' | 'onError'
> &
  CreateContextCallback<inferRouterContext<TRouter>, CreateKafkaContextFn<TRouter>> &
  TransformerOptions<inferTRPCClientTypes<TRouter>> &
  TestBrokerOptions &
  TestPairSettings;

/** Which broker a pair is on: by default one of its own. */
export type TestBrokerOptions =
  | {
      /** What the pair's own broker is told, such as its number of nodes. @default one node */
      readonly brokerOptions?: DevBrokerOptions;
      readonly broker?: undefined;
    }
  | {
      readonly brokerOptions?: undefined;
      /** A broker that several pairs share; it stays up when they close. */
      readonly broker: DevBroker;
    };

/** The options of a pair that do not depend on the router. */
export interface TestPairSettings {
  /**
   * The service that both sides use: its definition, or just its name.
   * @default one whose name no other pair has, with two or three partitions per topic
   */
  readonly service?: KafkaService | string;
  /** What the handler is told beyond that. @default the handler's own defaults */
  readonly handler?: Partial<Omit<KafkaHandlerSettings, 'kafka' | 'service'>>;
  /** What the client is told beyond that. @default the client's own defaults */
  readonly client?: Partial<Omit<KafkaClientOptions, 'kafka' | 'service'>>;
  /** Headers of every record that the client's link writes. @default none */
  readonly headers?: LinkHeaders;
  /** What the kafkajs instances are made with, such as a `logLevel`. @default `{ logLevel: logLevel.NOTHING }` */
  readonly kafkajs?: Omit<KafkaConfig, 'brokers'>;
  /** How long `createTestPair` waits until handler and client are ready, in ms. @default 10000 */
  readonly readyTimeoutMs?: number;
  /** How long `close()` lets procedures run on before it aborts them, in ms. @default 0 */
  readonly graceMs?: number;
}
