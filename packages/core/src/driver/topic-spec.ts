/** Topics as the driver seam sees them: what to create, what was found, which offsets to look up. */
import type { Isolation } from './partition-fetcher.js';

/** A topic to create. */
export interface TopicSpec {
  readonly topic: string;
  readonly partitions: number;
  /** `undefined`: the brokers' default. */
  readonly replicationFactor?: number;
  /** Kafka's own setting names. */
  readonly config: Readonly<Record<string, string>>;
  /**
   * Names in `config` that may be left out when brokers refuse them: managed clusters reject some settings.
   * Creation is tried again without these before it fails.
   */
  readonly optionalConfig?: readonly string[];
}

/** A topic as found. */
export interface TopicDescription {
  readonly topic: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Values of the settings, by Kafka's names; empty where brokers do not allow to read them. */
  readonly config: Readonly<Record<string, string>>;
  /** Why they are not known, where brokers said so. */
  readonly configError?: Error;
}

/** Which offsets to look up. */
export interface TopicOffsetsQuery {
  readonly topic: string;
  readonly at: 'earliest' | 'latest' | { readonly timestampMs: number };
  /** Whose end `latest` is, and a time that no record is as young as. @default 'uncommitted' */
  readonly isolation?: Isolation;
}
