/**
 * The settings of a topic: which there are, their types and defaults, and what a value may be.
 *
 * Owns: the table and its validation. Must not know: topics. All of Kafka's settings are kept and served;
 * those that speak of files and segments have nothing to act on here and are only remembered.
 */
import { type BrokerSettings, isSettingName } from '../options.js';
import { KafkaError } from '../protocol/kafka-error.js';

/** Kafka's ConfigType, as DescribeConfigs sends it. */
export const configTypes = { boolean: 1, string: 2, int: 3, short: 4, long: 5, double: 6, list: 7 } as const;
type ConfigType = keyof typeof configTypes;

/** One setting a topic can have. */
export interface TopicConfigKey {
  readonly type: ConfigType;
  readonly fallback: string;
  /** The broker's setting that gives its default. */
  readonly synonym?: string;
  /** The broker's setting has no value unless it is given one, and then DescribeConfigs does not speak of it. */
  readonly isSynonymUnset?: true;
  readonly oneOf?: readonly string[];
  readonly atLeast?: number;
}

const LONG_MAX = '9223372036854775807';
const DAY_MS = 86_400_000;

function number(type: 'int' | 'long' | 'double', fallback: string | number, rest?: Partial<TopicConfigKey>) {
  return { type, fallback: String(fallback), atLeast: 0, ...rest } satisfies TopicConfigKey;
}
function flag(fallback: boolean, synonym?: string): TopicConfigKey {
  const key = { type: 'boolean', fallback: String(fallback), oneOf: ['true', 'false'] } as const;
  return synonym === undefined ? key : { ...key, synonym };
}

/** Every setting of a topic in Apache Kafka 4.3, in the order of their names. */
export const topicConfigKeys: Readonly<Record<string, TopicConfigKey>> = {
  'cleanup.policy': {
    type: 'list',
    fallback: 'delete',
    synonym: 'log.cleanup.policy',
    oneOf: ['compact', 'delete'],
  },
  'compression.gzip.level': number('int', -1, { synonym: 'compression.gzip.level', atLeast: -1 }),
  'compression.lz4.level': number('int', 9, { synonym: 'compression.lz4.level', atLeast: 1 }),
  'compression.type': {
    type: 'string',
    fallback: 'producer',
    synonym: 'compression.type',
    oneOf: ['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'],
  },
  'compression.zstd.level': number('int', 3, { synonym: 'compression.zstd.level', atLeast: -131_072 }),
  'delete.retention.ms': number('long', DAY_MS, { synonym: 'log.cleaner.delete.retention.ms' }),
  'file.delete.delay.ms': number('long', 60_000, { synonym: 'log.segment.delete.delay.ms' }),
  'flush.messages': number('long', LONG_MAX, { synonym: 'log.flush.interval.messages', atLeast: 1 }),
  'flush.ms': number('long', LONG_MAX, { synonym: 'log.flush.interval.ms', isSynonymUnset: true }),
  'follower.replication.throttled.replicas': { type: 'list', fallback: '' },
  'index.interval.bytes': number('int', 4096, { synonym: 'log.index.interval.bytes' }),
  'leader.replication.throttled.replicas': { type: 'list', fallback: '' },
  'local.retention.bytes': number('long', -2, { synonym: 'log.local.retention.bytes', atLeast: -2 }),
  'local.retention.ms': number('long', -2, { synonym: 'log.local.retention.ms', atLeast: -2 }),
  'max.compaction.lag.ms': number('long', LONG_MAX, {
    synonym: 'log.cleaner.max.compaction.lag.ms',
    atLeast: 1,
  }),
  'max.message.bytes': number('int', 1_048_588, { synonym: 'message.max.bytes' }),
  'message.timestamp.after.max.ms': number('long', 3_600_000, {
    synonym: 'log.message.timestamp.after.max.ms',
  }),
  'message.timestamp.before.max.ms': number('long', LONG_MAX, {
    synonym: 'log.message.timestamp.before.max.ms',
  }),
  'message.timestamp.type': {
    type: 'string',
    fallback: 'CreateTime',
    synonym: 'log.message.timestamp.type',
    oneOf: ['CreateTime', 'LogAppendTime'],
  },
  'min.cleanable.dirty.ratio': number('double', 0.5, { synonym: 'log.cleaner.min.cleanable.ratio' }),
  'min.compaction.lag.ms': number('long', 0, { synonym: 'log.cleaner.min.compaction.lag.ms' }),
  'min.insync.replicas': number('int', 1, { synonym: 'min.insync.replicas', atLeast: 1 }),
  preallocate: flag(false, 'log.preallocate'),
  'remote.log.copy.disable': flag(false),
  'remote.log.delete.on.disable': flag(false),
  'remote.storage.enable': flag(false),
  'retention.bytes': number('long', -1, { synonym: 'log.retention.bytes', atLeast: -1 }),
  'retention.ms': number('long', 7 * DAY_MS, {
    synonym: 'log.retention.ms',
    isSynonymUnset: true,
    atLeast: -1,
  }),
  'segment.bytes': number('int', 1_073_741_824, { synonym: 'log.segment.bytes', atLeast: 1_048_576 }),
  'segment.index.bytes': number('int', 10_485_760, { synonym: 'log.index.size.max.bytes', atLeast: 4 }),
  'segment.jitter.ms': number('long', 0, { synonym: 'log.roll.jitter.ms', isSynonymUnset: true }),
  'segment.ms': number('long', 7 * DAY_MS, { synonym: 'log.roll.ms', isSynonymUnset: true, atLeast: 1 }),
  'unclean.leader.election.enable': flag(false, 'unclean.leader.election.enable'),
};

function isValid(key: TopicConfigKey, value: string): boolean {
  if (key.type === 'list') {
    return value === '' || !key.oneOf || value.split(',').every((item) => key.oneOf!.includes(item.trim()));
  }
  if (key.oneOf) return key.oneOf.includes(value);
  const parsed = Number(value);
  return (
    value.trim() !== '' &&
    (key.type === 'double' ? !Number.isNaN(parsed) : /^-?\d+$/.test(value)) &&
    parsed >= (key.atLeast ?? -Infinity)
  );
}

/** Throws INVALID_CONFIG for a setting Kafka does not know or a value it would not take. */
export function checkTopicConfig(name: string, value: string | null): asserts value is string {
  const key = Object.hasOwn(topicConfigKeys, name) ? topicConfigKeys[name] : undefined;
  if (key === undefined) throw new KafkaError('INVALID_CONFIG', `Unknown topic config name: ${name}`);
  if (value === null)
    throw new KafkaError('INVALID_CONFIG', `Null value not supported for topic configs: ${name}`);
  if (!isValid(key, value)) {
    throw new KafkaError('INVALID_CONFIG', `Invalid value ${value} for configuration ${name}`);
  }
}

/** The settings the broker acts on, parsed. */
export interface TopicLimits {
  readonly maxMessageBytes: number;
  readonly usesLogAppendTime: boolean;
  readonly timestampAfterMaxMs: number;
  readonly timestampBeforeMaxMs: number;
  readonly minInsyncReplicas: number;
  readonly retentionMs: number;
  readonly retentionBytes: number;
  readonly isCompacted: boolean;
  readonly isDeleting: boolean;
}

function brokerValue(
  name: string | undefined,
  settings: BrokerSettings,
): BrokerSettings[keyof BrokerSettings] | undefined {
  return name !== undefined && isSettingName(name) ? settings[name] : undefined;
}

/** The value of a setting: the topic's own, else the broker's, else Kafka's default. */
export function topicConfigValue(
  name: string,
  own: ReadonlyMap<string, string>,
  settings: BrokerSettings,
): string {
  const key = topicConfigKeys[name]!;
  const inherited = brokerValue(key.synonym, settings);
  return own.get(name) ?? (inherited === undefined ? key.fallback : String(inherited));
}

export function resolveTopicLimits(own: ReadonlyMap<string, string>, settings: BrokerSettings): TopicLimits {
  const value = (name: string): string => topicConfigValue(name, own, settings);
  const policies = value('cleanup.policy')
    .split(',')
    .map((policy) => policy.trim());
  return {
    maxMessageBytes: Number(value('max.message.bytes')),
    usesLogAppendTime: value('message.timestamp.type') === 'LogAppendTime',
    timestampAfterMaxMs: Number(value('message.timestamp.after.max.ms')),
    timestampBeforeMaxMs: Number(value('message.timestamp.before.max.ms')),
    minInsyncReplicas: Number(value('min.insync.replicas')),
    retentionMs: Number(value('retention.ms')),
    retentionBytes: Number(value('retention.bytes')),
    isCompacted: policies.includes('compact'),
    isDeleting: policies.includes('delete'),
  };
}
