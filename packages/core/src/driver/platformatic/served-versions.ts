/** The versions of requests that the driver sends through @platformatic/kafka, and the check that a broker serves them. */
import { KafkaTransportError } from '../../errors/transport-error.js';

/** What a broker says of one of its APIs. */
interface ServedApi {
  readonly apiKey: number;
  readonly minVersion: number;
  readonly maxVersion: number;
}

/** One version of each: brokers from Kafka 3.2 to 4.x serve them, and both lines of @platformatic/kafka write them. */
const needed: readonly (readonly [name: string, apiKey: number, version: number])[] = [
  ['Produce', 0, 7],
  ['Fetch', 1, 11],
  ['ListOffsets', 2, 6],
  ['Metadata', 3, 12],
  ['OffsetCommit', 8, 8],
  ['OffsetFetch', 9, 8],
  ['FindCoordinator', 10, 4],
  ['JoinGroup', 11, 9],
  ['Heartbeat', 12, 4],
  ['LeaveGroup', 13, 5],
  ['SyncGroup', 14, 5],
  ['CreateTopics', 19, 7],
  ['InitProducerId', 22, 4],
  ['DescribeConfigs', 32, 4],
];

/** @throws KafkaTransportError naming what a broker does not serve. */
export function assertServed(served: readonly ServedApi[], broker: string): void {
  const apis = new Map(served.map((api) => [api.apiKey, api]));
  for (const [name, apiKey, version] of needed) {
    const api = apis.get(apiKey);
    if (api !== undefined && api.minVersion <= version && version <= api.maxVersion) continue;
    const found = api === undefined ? 'not at all' : `in versions ${api.minVersion} to ${api.maxVersion}`;
    throw new KafkaTransportError({
      code: 'BROKER_ERROR',
      message: `the broker ${broker} serves ${name} ${found}, and the driver on @platformatic/kafka needs version ${version}: use Kafka 3.2 or later, or the kafkajs driver`,
    });
  }
}
