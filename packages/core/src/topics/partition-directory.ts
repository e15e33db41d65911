/** How many partitions topics have, remembered, so that nothing is written to a topic or partition that does not exist. */
import type { KafkaDriver } from '../driver/kafka-driver.js';

/** Knows the partition counts of topics. */
export interface PartitionDirectory {
  /** The count as last seen, `undefined` when it was never asked for, or the topic did not exist. */
  known(topic: string): number | undefined;
  /** Asks the brokers unless the answer is young; concurrent questions for one topic share one request. */
  lookUp(topic: string): Promise<number | undefined>;
  /** Takes a count that is known from elsewhere. */
  learn(topic: string, partitions: number): void;
}

/** How long an answer counts as young. Partitions are added rarely, and a topic that was missing may come. */
export interface PartitionDirectoryOptions {
  readonly driver: Pick<KafkaDriver, 'countPartitions'>;
  readonly now: () => number;
  /** @default 10000 */
  readonly refreshMs?: number;
  /** Most topics remembered; replies may name any number of topics. @default 1000 */
  readonly maxTopics?: number;
}

interface Entry {
  partitions: number | undefined;
  askedAtMs: number;
  /** Learned when connecting: this process works with it, so it is never forgotten. */
  isOwn: boolean;
  asking: Promise<number | undefined> | undefined;
}

/** Makes a directory over a driver. */
export function createPartitionDirectory(options: PartitionDirectoryOptions): PartitionDirectory {
  const { driver, now, refreshMs = 10_000, maxTopics = 1000 } = options;
  const entries = new Map<string, Entry>();

  /** It is asked for again when it is needed. Strangers who name topics without end must not push out those this process lives on. */
  function forgetOldest(): void {
    for (const [topic, { isOwn }] of entries) {
      if (isOwn) continue;
      entries.delete(topic);
      return;
    }
  }

  function entryOf(topic: string): Entry {
    let entry = entries.get(topic);
    if (entry === undefined) {
      if (entries.size >= maxTopics) forgetOldest();
      entry = {
        partitions: undefined,
        askedAtMs: Number.NEGATIVE_INFINITY,
        isOwn: false,
        asking: undefined,
      };
      entries.set(topic, entry);
    }
    return entry;
  }

  async function ask(topic: string, entry: Entry): Promise<number | undefined> {
    try {
      entry.partitions = await driver.countPartitions(topic);
      entry.askedAtMs = now();
      return entry.partitions;
    } finally {
      entry.asking = undefined;
    }
  }

  return {
    known: (topic) => entries.get(topic)?.partitions,
    async lookUp(topic) {
      const entry = entryOf(topic);
      if (now() - entry.askedAtMs < refreshMs) return entry.partitions;
      entry.asking ??= ask(topic, entry);
      return await entry.asking;
    },
    learn(topic, partitions) {
      const entry = entryOf(topic);
      entry.partitions = partitions;
      entry.askedAtMs = now();
      entry.isOwn = true;
    },
  };
}
