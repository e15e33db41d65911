/** Writes one-way calls that cannot be carried out to the dead-letter topic, as they were, with headers that say why. */
import type { IncomingRecord, OutgoingRecord, TransportLogger } from '@trpc-kafka/core';
import {
  type BatchEntry,
  type Counters,
  deadLetterHeader,
  deadLetterMessageHeader,
  lastHeader,
  type PartitionDirectory,
  type RecordBatcher,
} from '@trpc-kafka/core/internal';
import type { KafkaHandlerCounter, KafkaHandlerEvent } from '../options.js';

/** Writes dead letters. */
export interface DeadLetters {
  /** Resolves when the brokers have it. Tries until they do, or until `signal` aborts: then it rejects, and the call is not done. */
  write(letter: DeadLetter): Promise<void>;
}

/** A record that is given up. */
export interface DeadLetter {
  readonly record: IncomingRecord;
  readonly error: Error;
  /** tRPC's error code, or the transport's. */
  readonly code: string;
  readonly attempts: number;
  readonly signal: AbortSignal;
}

/** What is needed to write dead letters. */
export interface DeadLettersOptions {
  readonly topic: string;
  readonly batcher: RecordBatcher;
  readonly directory: PartitionDirectory;
  readonly delay: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly counters: Counters<KafkaHandlerCounter>;
  readonly logger: TransportLogger;
  readonly emit: (event: KafkaHandlerEvent) => void;
}

/** Credentials have no place in a topic that is kept for people. */
const sensitiveHeaders = new Set(['authorization', 'cookie', 'proxy-authorization', 'set-cookie']);
const retryDelayMs = 1000;
const maxMessageLength = 1000;

/** Makes the writer of a service's dead letters. */
export function createDeadLetters(options: DeadLettersOptions): DeadLetters {
  const { batcher, counters, logger, emit } = options;
  return {
    async write(letter) {
      const { record, error, signal } = letter;
      const { topic, partition, offset } = record;
      while (true) {
        try {
          await new Promise<void>((resolve, reject) =>
            batcher.add(new DeadLetterEntry(toRecord(options, letter), resolve, reject)),
          );
          break;
        } catch (failure) {
          logger.error(
            { err: failure, topic, partition, offset },
            'a dead letter could not be written; trying again',
          );
          await options.delay(retryDelayMs, signal);
        }
      }
      counters.add('deadLetters');
      logger.error(
        { err: error, topic, partition, offset, attempts: letter.attempts },
        'a one-way call was dead-lettered',
      );
      emit({ type: 'dead-lettered', error, position: { topic, partition, offset } });
    },
  };
}

function toRecord(options: DeadLettersOptions, letter: DeadLetter): OutgoingRecord {
  const { record, code, attempts, error } = letter;
  const partitions = options.directory.known(options.topic) ?? 1;
  const headers: Record<string, Buffer | string> = {};
  for (const name of Object.keys(record.headers)) {
    const value = lastHeader(record.headers, name);
    if (value !== undefined && !sensitiveHeaders.has(name.toLowerCase())) headers[name] = value;
  }
  const from = `topic=${record.topic};partition=${record.partition};offset=${record.offset}`;
  headers[deadLetterHeader] = `code=${code};${from};attempts=${attempts};at=${Date.now()}`;
  headers[deadLetterMessageHeader] = error.message.slice(0, maxMessageLength);
  return {
    topic: options.topic,
    partition: record.offset % partitions,
    key: record.key,
    value: record.value,
    headers,
  };
}

class DeadLetterEntry implements BatchEntry {
  readonly bytes: number;
  readonly delivered: () => void;
  readonly failed: (error: Error) => void;
  private readonly record: OutgoingRecord;

  constructor(record: OutgoingRecord, delivered: () => void, failed: (error: Error) => void) {
    this.record = record;
    this.delivered = delivered;
    this.failed = failed;
    this.bytes = (record.value?.length ?? 0) + 2048;
  }

  toRecord(): OutgoingRecord {
    return this.record;
  }
}
