/** Shows the dead letters of a service. */
import { acquireDriver, type KafkaSource } from '../driver/driver-lease.js';
import { createCodecTable } from '../protocol/codec-table.js';
import type { RecordCodec } from '../protocol/record-codec.js';
import { type KafkaService, toKafkaService } from '../service/kafka-service.js';
import type { DeadLetter, DeadLetterFilter } from './dead-letter.js';
import { openDeadLetterTopic } from './dead-letter-topic.js';

/** Where dead letters are, and which are meant. */
export interface DeadLettersQuery {
  /** The kafkajs instance as the application made it; or a `KafkaDriver`. */
  readonly kafka: KafkaSource;
  /** The service: its definition, or just its name. */
  readonly service: KafkaService | string;
  /** Which letters. @default all that were not replayed */
  readonly filter?: DeadLetterFilter;
  /** Codecs that calls may have come in beside JSON: the procedures and inputs of others cannot be told. @default none */
  readonly codecs?: readonly RecordCodec[];
  /** Ends the work. */
  readonly signal?: AbortSignal;
}

/**
 * Reads the dead letters of a service as they are now, the oldest of each partition first. The topic is read twice, in
 * pieces, so that any number of letters may stand in it; nothing is committed, and nothing is changed.
 *
 * @throws KafkaTransportError `TOPIC_MISSING`, `INVALID_OPTION`, and what brokers refuse.
 * @example
 * for await (const letter of listDeadLetters({ kafka, service: 'flights', filter: { path: 'bookings.*' } })) {
 *   console.log(letter.position.offset, letter.paths, letter.code, letter.message);
 * }
 */
export async function* listDeadLetters(query: DeadLettersQuery): AsyncGenerator<DeadLetter> {
  const codecs = createCodecTable(query.codecs ?? [], 'codecs');
  const service = toKafkaService(query.service);
  const { driver, release } = acquireDriver(query.kafka);
  try {
    const topic = await openDeadLetterTopic({ driver, service, codecs, signal: query.signal });
    yield* topic.letters(query.filter ?? {});
  } finally {
    await release();
  }
}
