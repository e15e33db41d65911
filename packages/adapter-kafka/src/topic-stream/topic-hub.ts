/**
 * What all topic streams on one driver share: a tail for each topic, and one reader for those who are behind.
 * Owns: their lives, from the first subscriber to the last. Must not know: positions, events.
 */
import type { KafkaDriver, TopicOffsetsQuery } from '@trpc-kafka/core';
import { acquireDriver, type KafkaSource } from '@trpc-kafka/core/internal';
import { type CatchUpReader, createCatchUpReader } from './catch-up-reader.js';
import { openTopicTail, type TopicTail } from './topic-tail.js';

/** The streams of one topic on one driver. */
export interface TopicHub {
  readonly driver: KafkaDriver;
  readonly tail: TopicTail;
  readonly catchUp: CatchUpReader;
  /** Committed offsets; those who ask at the same time share an answer. */
  listOffsets(at: TopicOffsetsQuery['at']): Promise<ReadonlyMap<number, number>>;
}

/** A part in what is shared, held until released. */
export interface TopicHubLease extends TopicHub {
  release(): Promise<void>;
}

/** Memory for the records of a topic that were read last. */
const maxRecentBytes = 4 * 1024 * 1024;
/** How often partitions that were added are looked for. */
const refreshMs = 10_000;
/** How long a fetch waits for records to come: bounds how soon a partition that joins is read. */
const maxWaitTimeMs = 300;

interface SharedTail {
  readonly tail: TopicTail;
  holders: number;
}

interface SharedDriver {
  readonly tails: Map<string, SharedTail>;
  readonly asking: Map<string, Promise<ReadonlyMap<number, number>>>;
  readonly catchUp: CatchUpReader;
  holders: number;
}

const shared = new WeakMap<KafkaDriver, SharedDriver>();

/** Takes part in reading a topic. */
export function acquireTopicHub(kafka: KafkaSource, topic: string): TopicHubLease {
  const lease = acquireDriver(kafka);
  const { driver } = lease;
  const parts = partsOf(driver);
  const entry = tailOf({ driver, parts, topic });
  parts.holders++;
  entry.holders++;
  return {
    driver,
    tail: entry.tail,
    catchUp: parts.catchUp,
    listOffsets: (at) => ask({ driver, parts, query: { topic, at, isolation: 'committed' } }),
    async release() {
      if (--entry.holders === 0) {
        entry.tail.close();
        if (parts.tails.get(topic) === entry) parts.tails.delete(topic);
      }
      if (--parts.holders === 0) {
        parts.catchUp.close();
        shared.delete(driver);
      }
      await lease.release();
    },
  };
}

function partsOf(driver: KafkaDriver): SharedDriver {
  let parts = shared.get(driver);
  if (parts === undefined) {
    const fetcher = driver.openFetcher({ maxWaitTimeMs: 0, isolation: 'committed' });
    parts = { tails: new Map(), asking: new Map(), catchUp: createCatchUpReader(fetcher), holders: 0 };
    shared.set(driver, parts);
  }
  return parts;
}

interface TailPlace {
  readonly driver: KafkaDriver;
  readonly parts: SharedDriver;
  readonly topic: string;
}

function tailOf({ driver, parts, topic }: TailPlace): SharedTail {
  const known = parts.tails.get(topic);
  // One that failed is left to those who are still to learn of it.
  if (known !== undefined && known.tail.failure() === undefined) return known;
  const tail = openTopicTail({
    topic,
    fetcher: driver.openFetcher({ maxWaitTimeMs, isolation: 'committed' }),
    maxBytes: maxRecentBytes,
    refreshMs,
  });
  const entry: SharedTail = { tail, holders: 0 };
  parts.tails.set(topic, entry);
  return entry;
}

interface Question {
  readonly driver: KafkaDriver;
  readonly parts: SharedDriver;
  readonly query: TopicOffsetsQuery;
}

function ask({ driver, parts, query }: Question): Promise<ReadonlyMap<number, number>> {
  const key = JSON.stringify(query);
  let asking = parts.asking.get(key);
  if (asking === undefined) {
    asking = driver.listOffsets(query).finally(() => parts.asking.delete(key));
    parts.asking.set(key, asking);
  }
  return asking;
}
