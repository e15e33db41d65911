/**
 * Topics as streams: an existing topic as the tracked events of a subscription, whose ids are positions in the topic.
 * This file owns the events: decoding, filter, id. topic-reader goes through the topic; topic-tail and catch-up-reader fetch, for
 * all streams of a process together; topic-range finds the beginning.
 * Must not know: calls, the handler. It works wherever async iterables do.
 */
import { type TrackedEnvelope, tracked } from '@trpc/server';
import { isKafkaTransportError, type KafkaTransportError } from '@trpc-kafka/core';
import { abortableDelay, formatTopicEventId, untilAborted } from '@trpc-kafka/core/internal';
import { decodeIn, isUnreadable } from './topic-chunk.js';
import { isPassing, topicMissing, toStreamError, unreadableRecord } from './topic-errors.js';
import { acquireTopicHub, type TopicHub } from './topic-hub.js';
import {
  assertPartitionCount,
  findTopicRange,
  type PartitionRange,
  type TopicRangeSettings,
} from './topic-range.js';
import { openTopicReader, type TakenEntry, type TopicReader } from './topic-reader.js';
import {
  type MissedRecords,
  type TopicStreamOptions,
  type TopicStreamSettings,
  toTopicStreamSettings,
} from './topic-stream-options.js';

/**
 * Turns a Kafka topic into an async generator of tracked events, to be returned or yielded from a subscription. The id of
 * an event says how far all partitions were read with it, so that `lastEventId` goes on exactly behind it: at any server
 * instance, at any time, as long as the topic keeps its records. Streams of one topic in a process share their fetches.
 *
 * It throws `TRPCError`s whose `cause` is a `KafkaTransportError`: `POSITION_LOST` (`PRECONDITION_FAILED` for the
 * subscriber) when records it would go on with are gone, `PARSE_ERROR` (`BAD_REQUEST`) for a `lastEventId` that is none,
 * `RECORD_UNREADABLE`, `TOPIC_MISSING`, `TOPIC_UNFIT` for a topic of too many partitions. While brokers are away it waits.
 *
 * @throws KafkaTransportError with code `INVALID_OPTION`.
 * @example
 * departures: t.procedure
 *   .input(z.object({ airport: z.string(), lastEventId: z.string().nullish() }))
 *   .subscription(({ input, signal }) =>
 *     topicStream({
 *       kafka,
 *       topic: 'departures',
 *       lastEventId: input.lastEventId,
 *       decode: decodeDeparture,
 *       filter: (departure) => departure.from === input.airport,
 *       signal,
 *     }),
 *   ),
 */
export function topicStream<TData = unknown>(
  options: TopicStreamOptions<TData>,
): AsyncGenerator<TrackedEnvelope<TData>, void, void> {
  const settings = toTopicStreamSettings(options);
  const stop = new AbortController();
  const onAbort = (): void => stop.abort();
  const stopListening = (): void => options.signal?.removeEventListener('abort', onAbort);
  if (options.signal?.aborted === true) onAbort();
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const events = readEvents(settings, { signal: stop.signal, onEnd: stopListening });
  return stopOnReturn(events, () => {
    // One that was never begun has no end.
    stopListening();
    stop.abort();
  });
}

interface StreamRun {
  readonly signal: AbortSignal;
  readonly onEnd: () => void;
}

async function* readEvents<TData>(
  settings: TopicStreamSettings<TData>,
  { signal, onEnd }: StreamRun,
): AsyncGenerator<TrackedEnvelope<TData>, void, void> {
  const hub = acquireTopicHub(settings.kafka, settings.topic);
  let reader: TopicReader | undefined;
  const onAbort = (): void => reader?.close();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const ranges = await untilAborted(findRange(hub, settings, signal), signal);
    reader = openTopicReader({
      topic: settings.topic,
      hub,
      ranges,
      onPartitionCount: followsPartitions(settings)
        ? (count) => assertPartitionCount(settings, count)
        : undefined,
      onGap: (error) => miss(settings.onGap, error as KafkaTransportError),
    });
    while (!signal.aborted) {
      const taken = reader.take();
      const event = taken === undefined ? undefined : toEvent(settings, reader, taken);
      if (event !== undefined) yield event;
      else if (taken === undefined && reader.isDone()) return;
      else if (taken === undefined) await reader.more();
    }
  } catch (error) {
    if (!signal.aborted) throw toStreamError(error);
  } finally {
    signal.removeEventListener('abort', onAbort);
    onEnd();
    reader?.close();
    await hub.release();
  }
}

/** Partitions that are added belong to a stream of the whole topic that has no end. */
function followsPartitions({ partitions, end }: TopicRangeSettings): boolean {
  return partitions === undefined && end === 'never';
}

/** A topic that was just created is unknown to some brokers for a moment. */
const missingGraceMs = 1000;
const pauseMs = 250;

/** Waits for brokers that are away, as a stream that has begun does. */
async function findRange(
  hub: TopicHub,
  settings: TopicRangeSettings,
  signal: AbortSignal,
): Promise<PartitionRange[]> {
  const begunAt = Date.now();
  for (;;) {
    try {
      return await findTopicRange(hub, settings);
    } catch (error) {
      if (!isPassing(error)) throw error;
      const isMissing = isKafkaTransportError(error) && error.code === 'TOPIC_MISSING';
      if (isMissing && Date.now() - begunAt >= missingGraceMs) throw topicMissing(settings.topic);
    }
    await abortableDelay(pauseMs, signal);
  }
}

/** The event of what was read; `undefined` for what is left out. */
function toEvent<TData>(
  settings: TopicStreamSettings<TData>,
  reader: TopicReader,
  { entry, chunk }: TakenEntry,
): TrackedEnvelope<TData> | undefined {
  const { topic, decode, filter, onUnreadable } = settings;
  if (isUnreadable(entry)) {
    const place = `${topic}[${chunk.partition}], offsets ${entry.firstOffset} to ${entry.lastOffset},`;
    miss(onUnreadable, unreadableRecord(place, entry.error));
    return undefined;
  }
  let data: TData;
  try {
    data = decodeIn(chunk, entry, decode);
  } catch (cause) {
    const place = `the record at offset ${entry.offset} of ${topic}[${entry.partition}]`;
    miss(onUnreadable, unreadableRecord(place, cause));
    return undefined;
  }
  if (filter !== undefined && !filter(data, entry)) return undefined;
  return tracked(formatTopicEventId(entry, reader.position()), data);
}

function miss(what: MissedRecords, error: KafkaTransportError): void {
  if (what === 'error') throw error;
  if (what !== 'skip') what(error);
}

/** A generator answers `return` only when its `next` has, which waits for a record: so whoever leaves ends that wait first. */
function stopOnReturn<T>(
  events: AsyncGenerator<T, void, void>,
  stop: () => void,
): AsyncGenerator<T, void, void> {
  return {
    next: () => events.next(),
    return(value) {
      stop();
      return events.return(value);
    },
    throw(error) {
      stop();
      return events.throw(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
    async [Symbol.asyncDispose]() {
      stop();
      await events.return();
    },
  };
}
