/**
 * Removes what `retention.ms` and `retention.bytes` no longer keep.
 *
 * Owns: when and what. Kafka removes whole segments; the unit here is the batch, so records go
 * sooner than on a real cluster, never later.
 */
import type { Cluster } from './cluster.js';
import type { Topic } from './topic.js';

function trim(topic: Topic, nowMs: number): void {
  const { retentionMs, retentionBytes, isDeleting } = topic.limits;
  if (!isDeleting) return;
  for (const { log } of topic.partitions) {
    log.trimWhile(({ maxTimestamp, bytesBehind }) => {
      const isOld = retentionMs >= 0 && nowMs - maxTimestamp > retentionMs;
      return isOld || (retentionBytes >= 0 && bytesBehind >= retentionBytes);
    });
  }
}

/** Looks at every topic once. */
export function enforceRetention(cluster: Cluster): void {
  const nowMs = Date.now();
  for (const topic of cluster.topics.values()) trim(topic, nowMs);
}

/** Looks at every topic from time to time; returns what ends that. */
export function scheduleRetention(cluster: Cluster): () => void {
  const everyMs = cluster.settings['log.retention.check.interval.ms'];
  const timer = setInterval(() => enforceRetention(cluster), everyMs);
  return () => clearInterval(timer);
}
