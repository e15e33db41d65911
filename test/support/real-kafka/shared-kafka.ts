import {
  askAnyBroker,
  findKafkaSource,
  type KafkaCluster,
  startKafkaCluster,
} from '../../../scripts/kafka/index.js';
import type { RealKafka } from './real-kafka.js';

/** The one real Kafka of a test run, started when first asked for. */
export interface SharedKafka {
  /** Never rejects. Asked again, it gives the same answer. */
  get(): Promise<RealKafka>;
  /** Takes down what was started, also what is still starting. */
  close(): Promise<void>;
}

export interface SharedKafkaOptions {
  /** Told once, in one line, which Kafka is used or why none. */
  readonly report: (line: string) => void;
}

export function createSharedKafka({ report }: SharedKafkaOptions): SharedKafka {
  let cluster: KafkaCluster | undefined;
  let found: Promise<RealKafka> | undefined;

  const find = async (): Promise<RealKafka> => {
    try {
      const source = await findKafkaSource();
      if (source.kind === 'none') throw new Error(source.reason);
      if (source.kind === 'brokers') return await useBrokers(source.brokers, report);
      const startedAt = performance.now();
      cluster = await startKafkaCluster();
      const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
      report(`Real Kafka: ${cluster.title} at ${cluster.brokers.join(',')}, ready after ${seconds} s`);
      return { brokers: [...cluster.brokers] };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      report(`Real Kafka: left out: ${firstLine(reason)}`);
      return { unavailable: reason };
    }
  };

  return {
    get() {
      found ??= find();
      return found;
    },
    async close() {
      if (found === undefined) report('Real Kafka: not started, no test of this run asked for it');
      await found;
      await cluster?.stop();
    },
  };
}

async function useBrokers(brokers: readonly string[], report: (line: string) => void): Promise<RealKafka> {
  const { nodes } = await askAnyBroker(brokers).catch((error: unknown) => {
    throw new Error(`KAFKA_BROKERS=${brokers.join(',')} do not answer: ${String(error)}`, { cause: error });
  });
  report(`Real Kafka: KAFKA_BROKERS=${brokers.join(',')}, ${nodes.length} node(s)`);
  return { brokers: [...brokers] };
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!;
}
