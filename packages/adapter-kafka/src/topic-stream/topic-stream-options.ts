/** What a topic stream can be told, with every default in one place, and what is made of it. */
import type { IncomingRecord, KafkaTransportError } from '@trpc-kafka/core';
import { KafkaTransportError as TransportError } from '@trpc-kafka/core';
import { assertWhole, type KafkaSource } from '@trpc-kafka/core/internal';
import type { TopicDecoder } from './topic-chunk.js';

/** Where a topic stream begins: at the first record that is kept, behind the last one, or at the first one not older than a time. */
export type TopicStart = 'earliest' | 'latest' | { readonly timestampMs: number };

/**
 * What to do about records that cannot be had: end the stream with an error, leave them out, or be told and leave them
 * out. A function that throws ends the stream with what it throws.
 */
export type MissedRecords = 'error' | 'skip' | ((error: KafkaTransportError) => void);

/** Options of {@link topicStream}. */
export interface TopicStreamOptions<TData> {
  /** The kafkajs instance as the application made it, or a `KafkaDriver`; the one the handler was given shares its driver. */
  readonly kafka: KafkaSource;
  /** The topic to read; it must exist. */
  readonly topic: string;
  /** The id of the event to go on behind, as `input.lastEventId` has it. @default none: the stream begins at `from` */
  readonly lastEventId?: string | null | undefined;
  /** Where a stream without `lastEventId` begins. @default 'latest' */
  readonly from?: TopicStart;
  /** Whether it ends: never, or where the topic ends at present. @default 'never' */
  readonly end?: 'never' | 'current';
  /** Reads these partitions only. @default all, also those that are added later */
  readonly partitions?: readonly number[];
  /** Most partitions that are read: each event id lists all of them, with some 2 to 5 characters each. @default 100 */
  readonly maxPartitions?: number;
  /**
   * Makes the data of a record. Streams that are given the same function share what it returns. The record's buffers are
   * views: copy what is kept.
   * @default JSON; a record without a value has the data `null`
   */
  readonly decode?: TopicDecoder<TData>;
  /** Which records become events. Those that do not still count as read by the next event. @default all */
  readonly filter?: (data: TData, record: IncomingRecord) => boolean;
  /** What to do when records between the position and the first that is kept are gone (`POSITION_LOST`). @default 'error' */
  readonly onGap?: MissedRecords;
  /** What to do about a record that `decode` throws for (`RECORD_UNREADABLE`), or that cannot be unpacked. @default 'error' */
  readonly onUnreadable?: MissedRecords;
  /** Ends the stream, without an error, when it aborts. @default none: whoever iterates ends it */
  readonly signal?: AbortSignal | undefined;
}

/** The options with their defaults. */
export type TopicStreamSettings<TData> = TopicStreamOptions<TData> &
  Required<
    Omit<TopicStreamOptions<TData>, 'lastEventId' | 'partitions' | 'filter' | 'signal' | 'kafka' | 'topic'>
  >;

const optionNames = {
  kafka: true,
  topic: true,
  lastEventId: true,
  from: true,
  end: true,
  partitions: true,
  maxPartitions: true,
  decode: true,
  filter: true,
  onGap: true,
  onUnreadable: true,
  signal: true,
} satisfies Record<keyof TopicStreamOptions<unknown>, true>;

/**
 * Checks the options and fills in what is not given.
 * @throws KafkaTransportError `INVALID_OPTION`.
 */
export function toTopicStreamSettings<TData>(options: TopicStreamOptions<TData>): TopicStreamSettings<TData> {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(optionNames, name));
  if (unknown !== undefined)
    throw invalid(`${unknown} is no option; there are ${Object.keys(optionNames).join(', ')}`);
  const {
    topic,
    from = 'latest',
    end = 'never',
    partitions,
    onGap = 'error',
    onUnreadable = 'error',
  } = options;
  if (typeof topic !== 'string' || topic === '') throw invalid('topic names no topic');
  assertStart(from);
  if (end !== 'never' && end !== 'current') throw invalid("end is neither 'never' nor 'current'");
  assertWhole(options.maxPartitions, { name: 'topicStream: maxPartitions' });
  if (partitions?.length === 0) throw invalid('partitions is empty; leave it out to read all');
  for (const partition of partitions ?? [])
    assertWhole(partition, { name: 'topicStream: partitions', min: 0 });
  assertMissed(onGap, 'onGap');
  assertMissed(onUnreadable, 'onUnreadable');
  return {
    ...options,
    from,
    end,
    onGap,
    onUnreadable,
    maxPartitions: options.maxPartitions ?? 100,
    // Whoever names a type for undecoded JSON vouches for it.
    decode: options.decode ?? (decodeJson as TopicDecoder<TData>),
  };
}

function assertStart(from: TopicStart): void {
  if (from === 'earliest' || from === 'latest') return;
  const timestampMs = (from as { timestampMs?: unknown } | null)?.timestampMs;
  if (timestampMs === undefined) throw invalid("from is neither 'earliest' nor 'latest' nor { timestampMs }");
  assertWhole(timestampMs, { name: 'topicStream: from.timestampMs', min: 0 });
}

function assertMissed(value: unknown, name: string): void {
  if (value === 'error' || value === 'skip' || typeof value === 'function') return;
  throw invalid(`${name} is neither 'error' nor 'skip' nor a function`);
}

function invalid(what: string): KafkaTransportError {
  return new TransportError({ code: 'INVALID_OPTION', message: `topicStream: ${what}` });
}

/** One function for all, so that all share what it returns. */
function decodeJson({ value }: IncomingRecord): unknown {
  return value === null ? null : JSON.parse(value.toString());
}
