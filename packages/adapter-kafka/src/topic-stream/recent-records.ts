/** The records of a topic that were read last, for all who read it, up to a number of bytes. Pure. */
import { chunkBytes, dropChunk, type TopicChunk } from './topic-chunk.js';

/** A bounded memory of chunks, without a gap in any partition. */
export interface RecentRecords {
  /** Takes the chunks of one answer, each of which begins where the last one of its partition ended. Older ones make room. */
  append(chunks: readonly TopicChunk[]): void;
  /** The chunk that covers an offset. */
  find(partition: number, offset: number): TopicChunk | undefined;
  /** Drops a partition: what comes next does not adjoin. */
  forget(partition: number): void;
  bytes(): number;
}

/** The chunks of one answer. Their records are views into its bytes: they go together, or their bytes would not. */
interface Answer {
  readonly chunks: readonly TopicChunk[];
  readonly bytes: number;
}

/** Makes an empty memory. The last answer is always kept, so that whoever waits for it gets it. */
export function createRecentRecords(maxBytes: number): RecentRecords {
  const answers: Answer[] = [];
  const partitions = new Map<number, TopicChunk[]>();
  let bytes = 0;

  function makeRoom(): void {
    while (bytes > maxBytes && answers.length > 1) {
      const oldest = answers.shift()!;
      bytes -= oldest.bytes;
      for (const chunk of oldest.chunks) {
        if (chunk.dropped) continue;
        dropChunk(chunk);
        partitions.get(chunk.partition)?.shift();
      }
    }
  }

  return {
    append(chunks) {
      if (chunks.length === 0) return;
      for (const chunk of chunks) {
        const known = partitions.get(chunk.partition);
        if (known === undefined) partitions.set(chunk.partition, [chunk]);
        else known.push(chunk);
      }
      const added = chunks.reduce((sum, chunk) => sum + chunkBytes(chunk), 0);
      answers.push({ chunks, bytes: added });
      bytes += added;
      makeRoom();
    },
    find(partition, offset) {
      const chunks = partitions.get(partition) ?? [];
      let [low, high] = [0, chunks.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (chunks[middle]!.next <= offset) low = middle + 1;
        else high = middle;
      }
      const found = chunks[low];
      return found !== undefined && found.from <= offset ? found : undefined;
    },
    forget(partition) {
      for (const chunk of partitions.get(partition) ?? []) dropChunk(chunk);
      partitions.delete(partition);
    },
    bytes: () => bytes,
  };
}
