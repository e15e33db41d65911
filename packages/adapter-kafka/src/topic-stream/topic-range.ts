/** Where a topic stream begins and ends. */
import { parseTopicEventId, type TopicPosition } from '@trpc-kafka/core/internal';
import { badEventId, tooManyPartitions, topicMissing } from './topic-errors.js';
import type { TopicHub } from './topic-hub.js';
import type { TopicStreamSettings } from './topic-stream-options.js';

/** A partition and where in it to read. */
export interface PartitionRange {
  readonly partition: number;
  readonly offset: number;
  /** The offset to stop at; `undefined` to go on for ever. */
  readonly end: number | undefined;
  /** False for an offset beyond the end as it was seen: what a subscriber sends may be anything, and must not lead the tail astray. */
  readonly isProven: boolean;
}

/** The options it depends on. */
export type TopicRangeSettings = Pick<
  TopicStreamSettings<unknown>,
  'topic' | 'lastEventId' | 'from' | 'end' | 'partitions' | 'maxPartitions'
>;

/**
 * Looks up where to begin and, if so wanted, to end.
 * @throws KafkaTransportError `PARSE_ERROR` for an id that is none, `TOPIC_UNFIT`, `TOPIC_MISSING`, or what the driver throws.
 */
export async function findTopicRange(hub: TopicHub, settings: TopicRangeSettings): Promise<PartitionRange[]> {
  const { topic, lastEventId, from, end } = settings;
  const position = lastEventId == null ? undefined : readPosition(topic, lastEventId);
  const needsEnds = position !== undefined || from === 'latest' || end === 'current';
  const [ends, given] = await Promise.all([
    needsEnds ? hub.listOffsets('latest') : undefined,
    position === undefined && from !== 'latest' ? hub.listOffsets(from) : undefined,
  ]);
  const starts = given ?? startsAt(ends!, position);
  const partitions = [...new Set(settings.partitions ?? starts.keys())].sort((a, b) => a - b);
  assertPartitionCount(settings, partitions.length);
  return partitions.map((partition) => {
    const offset = starts.get(partition);
    if (offset === undefined) throw topicMissing(`${topic}[${partition}]`);
    const known = ends?.get(partition);
    return {
      partition,
      offset,
      end: end === 'current' ? known : undefined,
      isProven: position === undefined || offset <= known!,
    };
  });
}

/** Behind an event, or at the end. A partition that its id does not list was added later: all of it is new. */
function startsAt(
  ends: ReadonlyMap<number, number>,
  position: TopicPosition | undefined,
): ReadonlyMap<number, number> {
  if (position === undefined) return ends;
  return new Map(Array.from(ends.keys(), (partition) => [partition, position.get(partition) ?? 0]));
}

/** @throws KafkaTransportError `TOPIC_UNFIT`. */
export function assertPartitionCount({ topic, maxPartitions }: TopicRangeSettings, count: number): void {
  if (count > maxPartitions) throw tooManyPartitions(topic, count, maxPartitions);
}

function readPosition(topic: string, lastEventId: string): TopicPosition {
  const id = parseTopicEventId(lastEventId);
  if (id === undefined) throw badEventId(topic, lastEventId);
  return id.position;
}
