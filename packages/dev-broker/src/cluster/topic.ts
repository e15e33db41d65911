/**
 * One topic: its partitions and its settings.
 *
 * Owns: both. Must not know: requests, who created it.
 */
import { randomBytes } from 'node:crypto';
import type { BrokerSettings } from '../options.js';
import type { Partition } from './partition.js';
import { resolveTopicLimits, type TopicLimits } from './topic-config.js';

export interface Topic {
  readonly name: string;
  /** base64url, as Kafka's tools print it. */
  readonly id: string;
  readonly isInternal: boolean;
  readonly partitions: Partition[];
  /** The settings given at creation or later, without defaults. */
  readonly configs: ReadonlyMap<string, string>;
  /** The settings the broker acts on, parsed. */
  readonly limits: TopicLimits;
  configure(configs: ReadonlyMap<string, string>): void;
}

/** What a topic is made of. */
export interface TopicParts {
  readonly name: string;
  readonly isInternal: boolean;
  readonly partitions: Partition[];
  readonly configs: ReadonlyMap<string, string>;
  readonly settings: BrokerSettings;
}

export function createTopic(parts: TopicParts): Topic {
  const { name, isInternal, partitions, settings } = parts;
  let { configs } = parts;
  let limits = resolveTopicLimits(configs, settings);
  return {
    name,
    id: randomBytes(16).toString('base64url'),
    isInternal,
    partitions,
    get configs() {
      return configs;
    },
    get limits() {
      return limits;
    },
    configure(next) {
      configs = next;
      limits = resolveTopicLimits(next, settings);
    },
  };
}
