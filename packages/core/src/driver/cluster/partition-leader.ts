/** A broker as the leader of partitions that something is to be written to. */
import {
  isSendable,
  type PartitionQueue,
  type ProduceBatch,
  type ProducerIdentity,
  takeBatch,
} from './produce-batch.js';

/** The partitions one broker leads, as far as there is something to send to it. */
export interface Leader {
  readonly nodeId: number;
  readonly ready: Set<PartitionQueue>;
  busy: boolean;
}

const limits = { maxRecords: 512, maxBytes: 900_000 };

/** Takes a batch of every ready queue, as far as they fit into one request: it carries one identity. */
export function takeBatches(leader: Leader, current: ProducerIdentity): readonly ProduceBatch[] {
  const batches: ProduceBatch[] = [];
  let identity: ProducerIdentity | undefined;
  let records = 0;
  for (const queue of leader.ready) {
    if (records >= limits.maxRecords) break;
    if (!isSendable(queue)) {
      leader.ready.delete(queue);
      continue;
    }
    const own = queue.retry?.identity ?? current;
    identity ??= own;
    if (own !== identity) continue;
    leader.ready.delete(queue);
    const batch = takeBatch(queue, current, limits);
    records += batch.records.length;
    batches.push(batch);
  }
  return batches;
}
