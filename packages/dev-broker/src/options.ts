/**
 * What a dev broker can be told: its shape, and Kafka's own settings under Kafka's own names.
 *
 * Owns: defaults and their validation. Must not know: how any of them is carried out.
 */

/** Settings of the brokers, spelled as in `server.properties`. */
export interface BrokerSettings {
  /** Creates a topic when a client asks for its metadata. Kafka's default is true. @default false */
  readonly 'auto.create.topics.enable': boolean;
  /** Partitions of topics created without a number. @default 1 */
  readonly 'num.partitions': number;
  /** Replicas of topics created without a number. @default 1 */
  readonly 'default.replication.factor': number;
  /** Live replicas a write with acks=-1 needs. @default 1 */
  readonly 'min.insync.replicas': number;
  /** Largest record batch in bytes. @default 1048588 */
  readonly 'message.max.bytes': number;
  /** Who sets the time of records. @default 'CreateTime' */
  readonly 'log.message.timestamp.type': 'CreateTime' | 'LogAppendTime';
  /** Age in ms at which records go; -1 keeps them. @default 604800000 */
  readonly 'log.retention.ms': number;
  /** Size in bytes above which the oldest records of a partition go; -1 keeps them. @default -1 */
  readonly 'log.retention.bytes': number;
  /** How often retention is looked at, in ms. @default 300000 */
  readonly 'log.retention.check.interval.ms': number;
  /** @default 'delete' */
  readonly 'log.cleanup.policy': string;
  /** How long an empty group waits for more members before its first rebalance, in ms. Kafka's default is 3000. @default 0 */
  readonly 'group.initial.rebalance.delay.ms': number;
  /** Shortest session timeout a member may ask for, in ms. @default 6000 */
  readonly 'group.min.session.timeout.ms': number;
  /** Longest session timeout a member may ask for, in ms. @default 1800000 */
  readonly 'group.max.session.timeout.ms': number;
  /** Members a group may have. @default 2147483647 */
  readonly 'group.max.size': number;
  /** Longest metadata string of a committed offset. @default 4096 */
  readonly 'offset.metadata.max.bytes': number;
  /** Partitions of `__consumer_offsets`, which decide which node coordinates a group. @default 50 */
  readonly 'offsets.topic.num.partitions': number;
  /** Replicas of `__consumer_offsets`, at most the number of nodes. @default 3 */
  readonly 'offsets.topic.replication.factor': number;
  /** Largest request in bytes; a larger one closes the connection. @default 104857600 */
  readonly 'socket.request.max.bytes': number;
  /** Largest answer to a fetch in bytes. @default 57671680 */
  readonly 'fetch.max.bytes': number;
  /** How long a silent (paused) node keeps its partitions, in ms. @default 9000 */
  readonly 'broker.session.timeout.ms': number;
}

/** A topic that exists from the start. */
export interface DevTopic {
  readonly name: string;
  /** @default the setting `num.partitions` */
  readonly partitions?: number;
  /** @default the setting `default.replication.factor` */
  readonly replicationFactor?: number;
  /** Topic settings under Kafka's names, such as `message.timestamp.type`. */
  readonly configs?: Readonly<Record<string, string>>;
}

/** Options of {@link createDevBroker}; Kafka's settings stand beside them under their own names. */
export interface DevBrokerOptions extends Partial<BrokerSettings> {
  /** How many brokers the cluster has. @default 1 */
  readonly nodes?: number;
  /** Port of the first node, the next ones get the following ports; 0 takes free ones. @default 0 */
  readonly port?: number;
  /** Address to listen on and to advertise. @default '127.0.0.1' */
  readonly host?: string;
  /** Id of the first node; some tools expect 0. @default 1 */
  readonly firstNodeId?: number;
  /** Topics that exist from the start. @default [] */
  readonly topics?: readonly DevTopic[];
}

export const defaultSettings: BrokerSettings = {
  'auto.create.topics.enable': false,
  'num.partitions': 1,
  'default.replication.factor': 1,
  'min.insync.replicas': 1,
  'message.max.bytes': 1_048_588,
  'log.message.timestamp.type': 'CreateTime',
  'log.retention.ms': 604_800_000,
  'log.retention.bytes': -1,
  'log.retention.check.interval.ms': 300_000,
  'log.cleanup.policy': 'delete',
  'group.initial.rebalance.delay.ms': 0,
  'group.min.session.timeout.ms': 6_000,
  'group.max.session.timeout.ms': 1_800_000,
  'group.max.size': 2_147_483_647,
  'offset.metadata.max.bytes': 4_096,
  'offsets.topic.num.partitions': 50,
  'offsets.topic.replication.factor': 3,
  'socket.request.max.bytes': 104_857_600,
  'fetch.max.bytes': 57_671_680,
  'broker.session.timeout.ms': 9_000,
};

/** Whether a name is one of the settings above. */
export function isSettingName(name: string): name is keyof BrokerSettings {
  return Object.hasOwn(defaultSettings, name);
}

const ownOptions: ReadonlySet<string> = new Set(['nodes', 'port', 'host', 'firstNodeId', 'topics']);

/** Kafka's settings out of the options, with defaults. Throws a TypeError that names what it does not know. */
export function resolveSettings(options: DevBrokerOptions): BrokerSettings {
  const settings: Record<string, unknown> = { ...defaultSettings };
  for (const [name, value] of Object.entries(options)) {
    if (ownOptions.has(name) || value === undefined) continue;
    if (!isSettingName(name)) {
      throw new TypeError(
        `createDevBroker: unknown option '${name}'; known Kafka settings are ${Object.keys(defaultSettings).join(', ')}`,
      );
    }
    const wanted = typeof defaultSettings[name];
    if (typeof value !== wanted || Number.isNaN(value)) {
      throw new TypeError(`createDevBroker: option '${name}' must be a ${wanted}, got ${String(value)}`);
    }
    settings[name] = value;
  }
  return settings as unknown as BrokerSettings;
}
