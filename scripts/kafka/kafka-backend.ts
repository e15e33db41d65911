import type { Guardian } from './guardian.js';
import type { KafkaSettings } from './node-settings.js';
import type { SecureListener } from './secure-listener.js';

export type NodeSignal = 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT';

/** One node as its backend sees it: a process or container that can be started again and again on the same data. */
export interface NodeControl {
  readonly id: number;
  /** Where clients reach it, `host:port`. */
  readonly address: string;
  /** The same for its secure listener, where it has one. */
  readonly secureAddress?: string | undefined;
  /** Undefined while it does not run. */
  readonly pid: number | undefined;
  start(): Promise<void>;
  signal(signal: NodeSignal): Promise<void>;
  /** Resolves once the process has ended; at once when it does not run. */
  ended(): Promise<void>;
  /** The end of what it printed, for error messages. */
  logTail(): Promise<string>;
}

export interface LaunchOptions {
  readonly folder: string;
  /** Undefined except for Docker. */
  readonly dockerLabel: string | undefined;
  readonly guardian: Guardian;
  readonly nodeCount: number;
  readonly settings: KafkaSettings;
  readonly secure?: SecureListener | undefined;
}

/** A way of running Apache Kafka. It must not know about readiness, names or records: those are the same for all ways. */
export interface KafkaBackend {
  readonly kind: 'docker' | 'jvm';
  /** What will run, for people. */
  readonly title: string;
  /** Fetches what is missing on this machine; rejects with KAFKA_UNAVAILABLE when it cannot be had. */
  prepare(): Promise<void>;
  /** Starts all nodes, without waiting until they answer. */
  launch(options: LaunchOptions): Promise<readonly NodeControl[]>;
}
