/**
 * Who leads which partition, from every answer to a question about topics: whoever has counted a topic's partitions, or
 * described it, need not ask again before the first record. Without it each partition costs a round trip when it is first
 * written to.
 * What is remembered may be out of date: a broker that leads no more says so, and then it is forgotten.
 */
import type { RawMetadata } from './broker-requests.js';

/** Remembers leaders. */
export interface KnownLeaders {
  learn(metadata: RawMetadata): void;
  /** The broker that led the partition when brokers last spoke of its topic. */
  leaderOf(topic: string, partition: number): number | undefined;
  forget(topic: string): void;
}

/** Bounded: names of topics come from addresses on the wire, too. */
const maxTopics = 100;

/** Makes a memory that knows nothing. */
export function createKnownLeaders(): KnownLeaders {
  const topics = new Map<string, ReadonlyMap<number, number>>();
  return {
    learn({ topicMetadata }) {
      for (const { topic, topicErrorCode, partitionMetadata } of topicMetadata) {
        topics.delete(topic);
        if (topicErrorCode !== 0) continue;
        const led = partitionMetadata.filter(({ leader }) => leader >= 0);
        topics.set(topic, new Map(led.map(({ partitionId, leader }) => [partitionId, leader])));
      }
      for (const topic of topics.keys()) {
        if (topics.size <= maxTopics) break;
        topics.delete(topic);
      }
    },
    leaderOf: (topic, partition) => topics.get(topic)?.get(partition),
    forget: (topic) => void topics.delete(topic),
  };
}
