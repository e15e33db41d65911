/**
 * The offsets a group has committed.
 *
 * Owns: the latest commit of each partition. Must not know: who may commit.
 */
export interface CommittedOffset {
  readonly offset: number;
  readonly leaderEpoch: number;
  readonly metadata: string;
}

export interface CommittedOffsets {
  readonly size: number;
  get(topic: string, partition: number): CommittedOffset | undefined;
  set(topic: string, partition: number, committed: CommittedOffset): void;
  delete(topic: string, partition: number): void;
  deleteTopic(topic: string): void;
  topics(): Iterable<readonly [string, ReadonlyMap<number, CommittedOffset>]>;
}

export function createCommittedOffsets(): CommittedOffsets {
  const byTopic = new Map<string, Map<number, CommittedOffset>>();
  return {
    get size() {
      return byTopic.size;
    },
    get: (topic, partition) => byTopic.get(topic)?.get(partition),
    set(topic, partition, committed) {
      const partitions = byTopic.get(topic) ?? new Map<number, CommittedOffset>();
      byTopic.set(topic, partitions.set(partition, committed));
    },
    delete(topic, partition) {
      const partitions = byTopic.get(topic);
      partitions?.delete(partition);
      if (partitions?.size === 0) byTopic.delete(topic);
    },
    deleteTopic: (topic) => void byTopic.delete(topic),
    topics: () => byTopic,
  };
}
