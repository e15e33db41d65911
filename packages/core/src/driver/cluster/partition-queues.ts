/** The queues of a producer, by topic and partition. A partition number may be anything: it comes from an address on the wire. */
import { createPartitionQueue, type PartitionQueue } from './produce-batch.js';

/** Queues by place. */
export interface PartitionQueues {
  /** The queue of a place, made when there is none. */
  at(topic: string, partition: number): PartitionQueue;
  delete(queue: PartitionQueue): void;
  all(): Iterable<PartitionQueue>;
}

/** Makes an empty set of queues. */
export function createPartitionQueues(): PartitionQueues {
  const topics = new Map<string, Map<number, PartitionQueue>>();
  return {
    at(topic, partition) {
      let queues = topics.get(topic);
      if (queues === undefined) {
        queues = new Map();
        topics.set(topic, queues);
      }
      let queue = queues.get(partition);
      if (queue === undefined) {
        queue = createPartitionQueue(topic, partition);
        queues.set(partition, queue);
      }
      return queue;
    },
    delete({ topic, partition }) {
      const queues = topics.get(topic);
      queues?.delete(partition);
      if (queues?.size === 0) topics.delete(topic);
    },
    *all() {
      for (const queues of topics.values()) yield* queues.values();
    },
  };
}
