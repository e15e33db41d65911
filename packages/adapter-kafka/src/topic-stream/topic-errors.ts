/** What a topic stream fails with. */
import { TRPCError } from '@trpc/server';
import { isKafkaTransportError, KafkaTransportError, type KafkaTransportErrorCode } from '@trpc-kafka/core';

/** A place from which on nothing can be read. */
export interface LostPosition {
  readonly topic: string;
  readonly partition: number;
  /** Where to go on. */
  readonly offset: number;
  /** The offsets that are there. */
  readonly start: number;
  readonly end: number;
}

/** The records behind a position are gone, or it lies beyond the end. */
export function positionLost({ topic, partition, offset, start, end }: LostPosition): KafkaTransportError {
  const place = `${topic}[${partition}]`;
  const what =
    offset < start
      ? `the records of ${place} from offset ${offset} to ${start - 1} are gone: the topic keeps those from ${start} on. Raise its retention.ms or retention.bytes`
      : `offset ${offset} of ${place} lies beyond its end, which is ${end}: the topic was made anew, or the position is of another one. Begin without it`;
  return new KafkaTransportError({
    code: 'POSITION_LOST',
    message: `${what}; or go on with what is there by onGap: 'skip'`,
  });
}

/** The topic does not exist. */
export function topicMissing(topic: string): KafkaTransportError {
  return new KafkaTransportError({
    code: 'TOPIC_MISSING',
    message: `topic ${topic} does not exist. Create it with: kafka-topics.sh --bootstrap-server <broker> --create --topic ${topic}`,
  });
}

/** More partitions than an id should list. */
export function tooManyPartitions(topic: string, partitions: number, max: number): KafkaTransportError {
  return new KafkaTransportError({
    code: 'TOPIC_UNFIT',
    message:
      `a stream of topic ${topic} would read ${partitions} partitions, and each of its event ids says how far each of them was read; ` +
      `the limit is ${max}. Name the partitions to read (\`partitions\`), or raise \`maxPartitions\``,
  });
}

/** A `lastEventId` that no topic stream can have made. */
export function badEventId(topic: string, id: string): KafkaTransportError {
  const shown = id.length > 80 ? `${id.slice(0, 80)}…` : id;
  return new KafkaTransportError({
    code: 'PARSE_ERROR',
    message: `lastEventId ${JSON.stringify(shown)} is no position in topic ${topic}: give the id of an event as it was received`,
  });
}

/** A record that its decoder refuses, or that cannot even be unpacked. */
export function unreadableRecord(place: string, cause: unknown): KafkaTransportError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new KafkaTransportError({
    code: 'RECORD_UNREADABLE',
    message: `${place} cannot be read: ${reason}. Mend \`decode\`, or leave such records out by onUnreadable: 'skip'`,
    cause,
  });
}

/** True when trying again may help: brokers are away, a leader is elected. */
export function isPassing(error: unknown): boolean {
  if (!isKafkaTransportError(error)) return false;
  // A partition that was just created is unknown to some brokers; whether the topic is gone is asked elsewhere.
  return error.retryable || error.code === 'TOPIC_MISSING' || error.code === 'AUTHENTICATION_FAILED';
}

const trpcCodes: Partial<Record<KafkaTransportErrorCode, TRPCError['code']>> = {
  POSITION_LOST: 'PRECONDITION_FAILED',
  PARSE_ERROR: 'BAD_REQUEST',
};

/** As the resolver throws it, so that the subscriber learns what it can act upon. What the user's code threw stays as it is. */
export function toStreamError(error: unknown): unknown {
  if (!isKafkaTransportError(error)) return error;
  const code = trpcCodes[error.code] ?? 'INTERNAL_SERVER_ERROR';
  return new TRPCError({ code, message: error.message, cause: error });
}
