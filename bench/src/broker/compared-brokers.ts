/** The brokers that all contestants share in a comparison: a real Kafka, unless the embedded broker is asked for. */
import { findKafkaSource, startKafkaCluster } from '../../../scripts/kafka/index.js';
import { type BenchBrokers, openBrokers } from './bench-brokers.ts';

/** Which. */
export interface ComparedBrokersOptions {
  readonly embedded: boolean;
  /** Nodes of the Kafka that is started; one that is named in KAFKA_BROKERS has as many as it has. */
  readonly nodes: number;
}

/**
 * Starts a Kafka that ends with this process, or takes that of KAFKA_BROKERS.
 * @throws Error with one line on why there is none.
 */
export async function openComparedBrokers({
  embedded,
  nodes,
}: ComparedBrokersOptions): Promise<Pick<BenchBrokers, 'name' | 'addresses'> & AsyncDisposable> {
  if (embedded) return await openBrokers([]);
  const source = await findKafkaSource();
  if (source.kind === 'brokers') return await openBrokers(source.brokers);
  if (source.kind === 'none') throw new Error(`no real Kafka (--embedded goes without): ${source.reason}`);
  const cluster = await startKafkaCluster({ nodes });
  return {
    name: `${cluster.title.replace(/ on .*/, '')}, ${nodes === 1 ? 'one node' : `${nodes} nodes`}`,
    addresses: cluster.brokers,
    [Symbol.asyncDispose]: () => cluster.stop(),
  };
}
