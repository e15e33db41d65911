/**
 * Finds the leaders of partitions that something is to be written to.
 * Owns: the lookup loop, the time a missing topic is given to appear, the memory of missing ones.
 * Must not know: batches, requests.
 */

import type { RawMetadata } from './broker-requests.js';
import { toError, toTransportError } from './client-errors.js';
import type { KafkaCluster } from './kafka-cluster.js';
import type { KnownLeaders } from './known-leaders.js';
import type { PartitionQueue } from './produce-batch.js';
import { judgePlace, missingPlaceError } from './produce-verdict.js';
import type { IdentityHolder } from './producer-identity.js';

/** Looks leaders up. */
export interface LeaderFinder {
  /** The leader of a queue that need not be looked up. */
  recall(queue: PartitionQueue): number | undefined;
  /** Takes a queue; it comes back by `found` or `failed`. */
  add(queue: PartitionQueue): void;
  /** The queue is no longer of interest. */
  delete(queue: PartitionQueue): void;
}

/** What a finder needs, and whom it tells. */
export interface LeaderFinderOptions {
  readonly cluster: KafkaCluster;
  /** Got before the first lookup: without it nothing can be sent. */
  readonly identity: IdentityHolder;
  readonly known: KnownLeaders;
  readonly now: () => number;
  readonly isClosed: () => boolean;
  found(leaders: ReadonlyMap<PartitionQueue, number>): void;
  failed(queue: PartitionQueue, error: Error): void;
  /** A missing place is forgotten. */
  forgotten(queue: PartitionQueue): void;
  /** A lookup failed, and is repeated. */
  lookUpFailed(error: Error): void;
}

const pauseMs = 100;
const mostMissing = 100;

/** Makes a finder. */
export function createLeaderFinder(options: LeaderFinderOptions): LeaderFinder {
  const { cluster, identity, known } = options;
  const lost = new Set<PartitionQueue>();
  const missing = new Set<PartitionQueue>();
  let running = false;
  let wake: (() => void) | undefined;

  async function run(): Promise<void> {
    running = true;
    while (lost.size > 0 && !options.isClosed()) {
      try {
        await identity.get();
        place(await cluster.metadata([...new Set([...lost].map((queue) => queue.topic))]));
      } catch (error) {
        fail(toError(error));
      }
      if (lost.size > 0) await pause();
    }
    running = false;
  }

  /** Waits before the next lookup; a queue that is new among the lost need not wait. */
  function pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, pauseMs);
      wake = () => {
        wake = undefined;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  function place(metadata: RawMetadata): void {
    const topics = new Map(metadata.topicMetadata.map((topic) => [topic.topic, topic]));
    const leaders = new Map<PartitionQueue, number>();
    for (const queue of lost) {
      const verdict = judgePlace(queue, topics.get(queue.topic));
      if (verdict.kind === 'wait') continue;
      if (verdict.kind === 'leader') {
        queue.missingSinceMs = undefined;
        missing.delete(queue);
        lost.delete(queue);
        leaders.set(queue, verdict.nodeId);
        continue;
      }
      queue.missingSinceMs ??= options.now();
      const error = missingPlaceError(queue, verdict, options.now());
      if (error === undefined) continue;
      lost.delete(queue);
      remember(queue);
      options.failed(queue, error);
    }
    options.found(leaders);
  }

  /**
   * A missing place is remembered for a while, so that what is written to it again fails with the first lookup and is
   * not given time to appear. Bounded: places come from addresses on the wire.
   */
  function remember(queue: PartitionQueue): void {
    missing.delete(queue);
    missing.add(queue);
    if (missing.size <= mostMissing) return;
    const [oldest] = missing;
    missing.delete(oldest!);
    options.forgotten(oldest!);
  }

  function fail(error: Error): void {
    options.lookUpFailed(error);
    const failure = toTransportError(error, {
      doing: 'records were not written',
      brokers: cluster.brokersTried,
    });
    // A cluster that was never reached, or refuses us, is a mistake to be told now; one that was is on its way back.
    const unreached = failure.code === 'BROKERS_UNREACHABLE' && !cluster.wasReached();
    if (failure.retryable && !unreached) return;
    for (const queue of lost) {
      lost.delete(queue);
      options.failed(queue, failure);
    }
  }

  return {
    recall(queue) {
      if (queue.failures > 0 || identity.current() === undefined) return undefined;
      const nodeId = known.leaderOf(queue.topic, queue.partition);
      if (nodeId !== undefined) lost.delete(queue);
      return nodeId;
    },
    add(queue) {
      if (lost.has(queue)) return;
      if (queue.failures > 0) known.forget(queue.topic);
      lost.add(queue);
      if (running) wake?.();
      else void run();
    },
    delete: (queue) => void lost.delete(queue),
  };
}
