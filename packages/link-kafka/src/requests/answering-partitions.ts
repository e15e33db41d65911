/**
 * Which partitions answer: calls without a key keep off those whose server has died, until another has taken over.
 * Owns: the silence of each partition. Must not know: calls, records, topics.
 */

/** The partitions of a request topic, by what is heard from them. */
export interface AnsweringPartitions {
  /** A call that nobody has answered yet stands in the partition. */
  sent(partition: number): void;
  /** Somebody serves the partition. */
  answered(partition: number): void;
  /**
   * The next of so many partitions that is not silent. One that is gets a call every `probeMs`, and is back when that
   * is answered. Where all are silent the cause is not one server, and each is as good as another.
   */
  pick(count: number): number;
}

/** How silence is judged. */
export interface AnsweringPartitionsOptions {
  readonly now: () => number;
  /** Chooses where to begin, so that clients started together do not march in step. From 0 to below 1. */
  readonly random: () => number;
  /** A partition in which a call has waited for so long, with no answer to any, is silent, in ms. @default 500 */
  readonly silentMs?: number;
  /** Time between calls to a silent partition, in ms. @default 1000 */
  readonly probeMs?: number;
}

/** Makes the table; all partitions are taken to answer. */
export function createAnsweringPartitions(options: AnsweringPartitionsOptions): AnsweringPartitions {
  const { now, random, silentMs = 500, probeMs = 1000 } = options;
  /** When the first call was sent that nothing was heard since; `undefined` where there is none. */
  const waitingSinceMs: (number | undefined)[] = [];
  const probedAtMs: (number | undefined)[] = [];
  let next = Math.floor(random() * 1_000_000);

  function mayHave(partition: number, nowMs: number): boolean {
    const sinceMs = waitingSinceMs[partition];
    if (sinceMs === undefined || nowMs - sinceMs < silentMs) return true;
    const probeFromMs = (probedAtMs[partition] ?? sinceMs + silentMs) + probeMs;
    if (nowMs < probeFromMs) return false;
    probedAtMs[partition] = nowMs;
    return true;
  }

  return {
    sent(partition) {
      waitingSinceMs[partition] ??= now();
    },
    answered(partition) {
      waitingSinceMs[partition] = undefined;
      probedAtMs[partition] = undefined;
    },
    pick(count) {
      const first = next++ % count;
      const nowMs = now();
      for (let n = 0; n < count; n++) {
        const partition = (first + n) % count;
        if (!mayHave(partition, nowMs)) continue;
        // Else whoever stands behind a silent one would get its calls beside its own.
        next += n;
        return partition;
      }
      return first;
    },
  };
}
