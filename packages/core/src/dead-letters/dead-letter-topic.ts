/** The dead-letter topic of a service as it stood when it was opened: its letters, and what was said about them. */
import type { KafkaDriver } from '../driver/kafka-driver.js';
import { KafkaTransportError } from '../errors/transport-error.js';
import type { CodecTable } from '../protocol/codec-table.js';
import type { KafkaService } from '../service/kafka-service.js';
import { type DeadLetter, type DeadLetterFilter, matches, toDeadLetter } from './dead-letter.js';
import { readPartition } from './read-partition.js';
import { createReplayBook, type ReplayBook } from './replay-book.js';

/** The topic as it stood. */
export interface DeadLetterTopic {
  readonly topic: string;
  /** By partition. */
  readonly books: ReadonlyMap<number, ReplayBook>;
  /** The letters that are meant, of one partition after the other, in order. */
  letters(filter: DeadLetterFilter): AsyncGenerator<DeadLetter>;
  /** Takes in what was written since. */
  refresh(partitions: Iterable<number>): Promise<void>;
}

/** What is needed to open it. */
export interface DeadLetterTopicOptions {
  readonly driver: KafkaDriver;
  readonly service: KafkaService;
  readonly codecs: CodecTable;
  readonly signal: AbortSignal | undefined;
  /** A run has so long to be done with what it has claimed; then it counts as dead. @default 60000 */
  readonly abandonedAfterMs?: number;
}

/**
 * Reads all marks, so that of each letter is known whether it was replayed.
 * @throws KafkaTransportError `TOPIC_MISSING`, and what the driver throws.
 */
export async function openDeadLetterTopic(options: DeadLetterTopicOptions): Promise<DeadLetterTopic> {
  const { driver, service, codecs, signal } = options;
  const { topic } = service.topics.deadLetter;
  if ((await driver.countPartitions(topic)) === undefined) throw missing(service);
  const [starts, firstEnds] = await Promise.all([
    driver.listOffsets({ topic, at: 'earliest' }),
    driver.listOffsets({ topic, at: 'latest' }),
  ]);
  const ends = new Map(firstEnds);
  const books = new Map<number, ReplayBook>();

  async function takeIn(partition: number, from: number, to: number): Promise<void> {
    const book = books.get(partition)!;
    for await (const records of readPartition(driver, { topic, partition, from, to, signal })) {
      for (const record of records) book.take(record);
    }
  }

  for (const [partition, end] of ends) {
    books.set(partition, createReplayBook(options.abandonedAfterMs ?? 60_000));
    await takeIn(partition, starts.get(partition) ?? 0, end);
  }

  return {
    topic,
    books,
    async *letters(filter) {
      for (const [partition, to] of firstEnds) {
        const from = starts.get(partition) ?? 0;
        const book = books.get(partition)!;
        for await (const records of readPartition(driver, { topic, partition, from, to, signal })) {
          for (const record of records) {
            const found = toDeadLetter(record, codecs);
            if (found === undefined) continue;
            const letter = { ...found, replayedTo: book.replayedTo(record.offset) };
            if (matches(filter, letter)) yield letter;
          }
        }
      }
    },
    async refresh(partitions) {
      const latest = await driver.listOffsets({ topic, at: 'latest' });
      for (const partition of partitions) {
        const end = latest.get(partition)!;
        await takeIn(partition, ends.get(partition)!, end);
        ends.set(partition, end);
      }
    },
  };
}

function missing({ name, topics }: KafkaService): KafkaTransportError {
  return new KafkaTransportError({
    code: 'TOPIC_MISSING',
    message: `there is no topic ${topics.deadLetter.topic}: no server of service ${name} has ever been started on these brokers, or the topic has another name (topicPrefix, topics.deadLetter)`,
  });
}
