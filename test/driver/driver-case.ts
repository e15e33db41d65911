/**
 * The driver suite: what every driver does on every broker, written once as data.
 * Owns: the shape of a case and of the world it runs in. Must not know: any driver, any broker.
 */

import type { DriverEvent, KafkaDriver } from '@trpc-kafka/core';
import type { DevBroker } from '@trpc-kafka/dev-broker';
import type { Kafka } from 'kafkajs';
import type { Collector } from '../support/collector.js';

/** A case. It fails by throwing; expectations are vitest's. */
export interface DriverCase {
  readonly name: string;
  /** What the broker has to offer; without it the case is left out there. @default none */
  readonly needs?: readonly Capability[];
  /** Overrides vitest's time-out, in ms. */
  readonly timeoutMs?: number;
  run(world: DriverWorld): Promise<void>;
}

/** What not every broker offers. */
export type Capability =
  /** DeleteRecords: moving the start of a partition, as retention does. */
  | 'delete-records'
  /** Transactions, for what they leave in a partition. */
  | 'transactions'
  /** ListGroups. */
  | 'list-groups'
  /** Three nodes that can be taken down and up. */
  | 'nodes'
  /** Single requests that can be delayed, dropped, refused. */
  | 'request-faults';

/** What a case runs in. Everything it opens is closed after it. */
export interface DriverWorld {
  readonly brokers: readonly string[];
  /** A driver of its own, with its events. */
  readonly openDriver: () => TestDriver;
  /** A raw kafkajs client: to look behind the driver, and to do what it does not. */
  readonly kafka: Kafka;
  /** A topic name that nobody else uses. */
  readonly topicName: () => string;
  /** A new topic. */
  readonly createTopic: (options?: NewTopic) => Promise<string>;
  /** Called when the case has ended, last first. */
  readonly onEnd: (cleanUp: () => Promise<unknown>) => void;
  /** Only with the capability `nodes`. */
  readonly nodes: NodeControl;
  /** Only with the capability `request-faults`. */
  readonly faulty: FaultyBroker;
}

/** A topic for a case. */
interface NewTopic {
  /** @default 1 */
  readonly partitions?: number;
  /** @default the brokers' */
  readonly replicationFactor?: number;
  readonly config?: Readonly<Record<string, string>>;
}

/** A driver under test, and everything it told. */
export interface TestDriver extends KafkaDriver {
  readonly events: Collector<DriverEvent>;
}

/** A broker that can be told to fail. */
export type FaultyBroker = Pick<DevBroker, 'faults' | 'requests' | 'cluster' | 'leaderOf' | 'coordinatorOf'>;

/** The nodes of a cluster, by id. */
export interface NodeControl {
  leaderOf(topic: string, partition: number): Promise<number>;
  /** SIGKILL. */
  kill(id: number): Promise<void>;
  /** Connections stay open and nobody answers. */
  pause(id: number): Promise<void>;
  resume(id: number): Promise<void>;
  /** Up again, after a kill. */
  restart(id: number): Promise<void>;
  /** Resolves when the nodes that are up are one whole cluster. */
  ready(): Promise<void>;
}
