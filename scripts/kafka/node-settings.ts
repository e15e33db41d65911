/** Settings in Kafka's own spelling. */
export type KafkaSettings = Readonly<Record<string, string | number | boolean>>;

/** Small and quick: a test node answers seconds after its start and lives on a quarter of a gigabyte. */
export const heapFlags: readonly string[] = ['-Xms128m', '-Xmx384m'];
export const jvmFlags: readonly string[] = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** A value as it stands in a properties file, where a backslash begins an escape and a line's end is the value's. */
export function propertyValue(value: KafkaSettings[string]): string {
  return String(value).replaceAll('\\', '\\\\').replaceAll('\r', '').replaceAll('\n', '\\n');
}

export interface NodeAddress {
  readonly id: number;
  /** Where the other nodes' controllers find this one's, `host:port`. */
  readonly controller: string;
}

export interface NodeSettingsOptions {
  readonly id: number;
  readonly nodes: readonly NodeAddress[];
  /** `listeners` and what belongs to it: the backends differ in nothing else. */
  readonly listeners: KafkaSettings;
  readonly logFolder: string;
  /** The caller's own, which have the last word. */
  readonly settings: KafkaSettings;
}

/** All settings of one node: every node is broker and controller, the quorum of voters is static. */
export function nodeSettings(options: NodeSettingsOptions): KafkaSettings {
  const { id, nodes, listeners, logFolder, settings } = options;
  return {
    'node.id': id,
    'process.roles': 'broker,controller',
    'controller.quorum.voters': nodes.map((node) => `${node.id}@${node.controller}`).join(','),
    'controller.listener.names': 'CONTROLLER',
    ...listeners,
    'log.dirs': logFolder,
    ...testSettings(nodes.length),
    ...settings,
  };
}

function testSettings(nodeCount: number): KafkaSettings {
  const replicas = Math.min(3, nodeCount);
  const inSync = Math.min(2, nodeCount);
  return {
    'auto.create.topics.enable': false,
    // The first member of a group would wait 3 s for others.
    'group.initial.rebalance.delay.ms': 0,
    'default.replication.factor': replicas,
    'offsets.topic.num.partitions': 4,
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.num.partitions': 4,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'share.coordinator.state.topic.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,
    'log.cleaner.dedupe.buffer.size': 2_097_152,
    ...(nodeCount > 1 ? quickFailOver : {}),
  };
}

/**
 * Leaders move 2 s after a node dies, not 9. Not for a single node: there is nobody to take over, and on a busy machine
 * a pause of 2 s would fence the only broker. The heartbeat must be several times faster than the session.
 */
const quickFailOver: KafkaSettings = {
  'broker.session.timeout.ms': 2_000,
  'broker.heartbeat.interval.ms': 400,
};
