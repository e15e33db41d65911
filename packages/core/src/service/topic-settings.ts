/** The topics of a service: what each is for by its role, its defaults, and how it is asked of Kafka. */
import type { TopicSpec } from '../driver/topic-spec.js';

/** The parts a topic can play in a service. */
export type ServiceTopicRole = 'requests' | 'oneWay' | 'control' | 'replies' | 'deadLetter' | 'outcomes';

/** One topic of a service. */
export interface TopicSettings {
  readonly topic: string;
  readonly partitions: number;
  /** How long records are kept, in ms; -1: for ever. */
  readonly retentionMs: number;
  /** @default the brokers' own default */
  readonly replicationFactor?: number;
  /** More settings in Kafka's names; they win over those made from the fields above. */
  readonly config?: Readonly<Record<string, string>>;
}

/** What can be set of a topic in a service definition. */
export type TopicOverrides = Partial<TopicSettings>;

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** The largest record that brokers take unless told otherwise. */
const maxRecordBytes = 1_048_588;

/** The defaults of each role. Requests outlive their deadlines a little for people who look; one-way calls outlive a weekend's outage. */
export const topicDefaults: Readonly<
  Record<
    ServiceTopicRole,
    { suffix: string; partitions: number; retentionMs: number; config?: Readonly<Record<string, string>> }
  >
> = {
  requests: { suffix: '.requests', partitions: 12, retentionMs: hourMs },
  oneWay: { suffix: '.one-way', partitions: 12, retentionMs: 7 * dayMs },
  control: { suffix: '.control', partitions: 3, retentionMs: 10 * minuteMs },
  replies: { suffix: '.replies', partitions: 12, retentionMs: 10 * minuteMs },
  deadLetter: {
    suffix: '.dead-letter',
    partitions: 1,
    retentionMs: 14 * dayMs,
    // Room for what a letter says beside the largest record: without it, that record could not be given up.
    config: { 'max.message.bytes': '1056780' },
  },
  outcomes: {
    suffix: '.outcomes',
    partitions: 12,
    retentionMs: hourMs,
    // Of calls with one key only the last outcome is read, and none that is older than is remembered.
    config: { 'cleanup.policy': 'compact,delete', 'max.message.bytes': '1056780' },
  },
};

function segmentMs(retentionMs: number): number {
  if (retentionMs < 0) return dayMs; // kept for ever
  return Math.max(minuteMs, Math.min(dayMs, Math.round(retentionMs / 2)));
}

/**
 * The topic as it is asked of Kafka. Managed clusters refuse some settings; only retention is insisted on.
 * Brokers delete closed segments only, so `segment.ms` must be short for a short retention to act.
 */
export function toTopicSpec(settings: TopicSettings): TopicSpec {
  const { topic, partitions, retentionMs, replicationFactor, config } = settings;
  const made: Record<string, string> = {
    'cleanup.policy': 'delete',
    'retention.ms': String(retentionMs),
    'segment.ms': String(segmentMs(retentionMs)),
    'message.timestamp.type': 'LogAppendTime',
    'max.message.bytes': String(maxRecordBytes),
  };
  if (replicationFactor !== undefined && replicationFactor >= 3) made['min.insync.replicas'] = '2';
  const all = { ...made, ...config };
  return {
    topic,
    partitions,
    ...(replicationFactor === undefined ? {} : { replicationFactor }),
    config: all,
    optionalConfig: Object.keys(all).filter((name) => name !== 'retention.ms'),
  };
}
