/** Writes one-way calls that cannot be carried out to the dead-letter topic, as they were, with headers that say why. */
import {
  type IncomingRecord,
  isKafkaTransportError,
  type OutgoingRecord,
  type TransportLogger,
} from '@trpc-kafka/core';
import {
  type Counters,
  createHeaderTest,
  deadLetterHeader,
  deadLetterMessageHeader,
  formatDeadLetter,
  type PartitionDirectory,
  type RecordBatcher,
  writeRecord,
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
  /** Credentials have no place in a topic that is kept for people. In any case of letters. */
  readonly sensitiveHeaders: readonly string[];
  readonly batcher: RecordBatcher;
  readonly directory: PartitionDirectory;
  readonly delay: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly counters: Counters<KafkaHandlerCounter>;
  readonly logger: TransportLogger;
  readonly emit: (event: KafkaHandlerEvent) => void;
}

const retryDelayMs = 1000;
const maxMessageLength = 1000;

/** Makes the writer of a service's dead letters. */
export function createDeadLetters(options: DeadLettersOptions): DeadLetters {
  const { batcher, counters, logger, emit } = options;
  const isSensitive = createHeaderTest(options.sensitiveHeaders);
  return {
    async write(letter) {
      const { record, error, signal } = letter;
      const { topic, partition, offset } = record;
      let outgoing = toRecord(options, letter, isSensitive);
      let isStub = false;
      while (true) {
        try {
          await writeRecord(batcher, outgoing, (outgoing.value?.length ?? 0) + 2048);
          break;
        } catch (failure) {
          if (isTooLarge(failure) && !isStub) {
            // It would be refused for ever, and its partition would stand still behind it.
            outgoing = toStub(outgoing, letter);
            isStub = true;
            continue;
          }
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

/** The record as it was, with the reason. */
function toRecord(
  options: DeadLettersOptions,
  letter: DeadLetter,
  isSensitive: (header: string) => boolean,
): OutgoingRecord {
  const { record } = letter;
  // Without a prototype, since a record may have a header named `__proto__`.
  const headers = Object.create(null) as Record<string, Buffer | string | readonly (Buffer | string)[]>;
  for (const [name, given] of Object.entries(record.headers)) {
    if (isSensitive(name)) continue;
    const values = [given].flat().filter((value) => value !== null && value !== undefined);
    if (values.length > 0) headers[name] = values.length === 1 ? values[0]! : values;
  }
  const { key, value } = record;
  return { ...placeOf(options, letter), key, value, headers: Object.assign(headers, reasonOf(letter)) };
}

function placeOf(
  { topic, directory }: DeadLettersOptions,
  { record }: DeadLetter,
): Pick<OutgoingRecord, 'topic' | 'partition'> {
  return { topic, partition: record.offset % (directory.known(topic) ?? 1) };
}

function reasonOf({ record, code, attempts, error }: DeadLetter): Record<string, string> {
  const { topic, partition, offset } = record;
  return {
    [deadLetterHeader]: formatDeadLetter({ code, topic, partition, offset, attempts, atMs: Date.now() }),
    [deadLetterMessageHeader]: error.message.slice(0, maxMessageLength),
  };
}

function isTooLarge(failure: unknown): boolean {
  return isKafkaTransportError(failure) && failure.code === 'PAYLOAD_TOO_LARGE';
}

/** What is left of a letter that is too large, as records that were compressed can be: why it was given up, and where it stands. */
function toStub(letter: OutgoingRecord, { record, error }: DeadLetter): OutgoingRecord {
  const note = `; its ${record.value?.length ?? 0} bytes are too large for a dead letter, and were left out`;
  return {
    ...letter,
    key: null,
    value: null,
    headers: {
      [deadLetterHeader]: letter.headers[deadLetterHeader] ?? '',
      [deadLetterMessageHeader]: `${error.message.slice(0, maxMessageLength)}${note}`,
    },
  };
}
