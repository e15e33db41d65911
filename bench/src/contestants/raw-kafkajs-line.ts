/**
 * One end of a ping-pong over kafkajs: writes to one topic, reads another, each of one partition.
 * The manual fetch goes through the cluster object that kafkajs hands to partition assigners (public, typed).
 */
import { connect as connectSocket } from 'node:net';
import { type Broker, Kafka, logLevel, Partitioners } from 'kafkajs';
import { openUnjoinedCluster } from '../../../scripts/kafka/unjoined-cluster.ts';
import { createMicroBatches } from './micro-batches.ts';
import type { OpenRawLine } from './raw-line.ts';

/** More records in one call of kafkajs's producer cost more each: it groups them in quadratic time. */
const maxRecords = 256;
const maxInFlight = 2;
const maxWaitMs = 250;
const maxBytes = 10 * 1024 * 1024;
/** FetchRequest's `replica_id` of a consumer, and `isolation_level` READ_UNCOMMITTED. */
const consumerReplicaId = -1;
const readUncommitted = 0;

/** What kafkajs leaves untyped of a Fetch response. */
interface FetchResponse {
  readonly responses: readonly { readonly partitions: readonly FetchedPartition[] }[];
}
interface FetchedPartition {
  readonly messages: readonly { readonly offset: string; readonly value: Buffer }[];
}

export const openKafkajsLine: OpenRawLine = ({ brokers, name }, { readTopic, writeTopic }) => {
  const kafka = new Kafka({
    clientId: name,
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    socketFactory: ({ host, port, onConnect }) => connectSocket({ host, port, noDelay: true }, onConnect),
  });
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  const cluster = openUnjoinedCluster(kafka);
  const batches = createMicroBatches({
    maxRecords,
    maxInFlight,
    write: (values) =>
      producer.send({ topic: writeTopic, messages: values.map((value) => ({ value, partition: 0 })) }),
  });
  let isClosed = false;

  return {
    write: (value) => batches.add(value),
    async start(onValue) {
      await Promise.all([producer.connect(), cluster.connect()]);
      await cluster.addMultipleTargetTopics([readTopic]);
      const [offsets] = await cluster.fetchTopicsOffset([
        { topic: readTopic, partitions: [{ partition: 0 }], fromBeginning: false },
      ]);
      const [{ leader } = { leader: -1 }] = cluster.findTopicPartitionMetadata(readTopic);
      const broker = await cluster.findBroker({ nodeId: String(leader) });
      const reading = read(broker, {
        topic: readTopic,
        from: Number(offsets!.partitions[0]!.offset),
        onValue,
      });
      reading.catch((error: unknown) => {
        if (!isClosed) throw error;
      });
    },
    async close() {
      await batches.drain();
      isClosed = true;
      await Promise.all([producer.disconnect(), cluster.disconnect()]);
    },
  };
};

/** Until the connection is closed. The next Fetch is under way while what came is handed over. */
async function read(
  broker: Broker,
  { topic, from, onValue }: { topic: string; from: number; onValue: (value: Buffer) => void },
): Promise<never> {
  let next = from;
  const fetchFrom = (offset: number): Promise<FetchResponse> =>
    broker.fetch({
      replicaId: consumerReplicaId,
      isolationLevel: readUncommitted,
      maxWaitTime: maxWaitMs,
      minBytes: 1,
      maxBytes,
      topics: [{ topic, partitions: [{ partition: 0, fetchOffset: String(offset), maxBytes }] }],
      rackId: '',
    });
  for (let fetching = fetchFrom(next); ; ) {
    const { responses } = await fetching;
    const messages = responses[0]?.partitions[0]?.messages ?? [];
    const first = next;
    if (messages.length > 0) next = Number(messages.at(-1)!.offset) + 1;
    fetching = fetchFrom(next);
    for (const { offset, value } of messages) {
      // A Fetch returns whole batches, also what stands before the offset that was asked for.
      if (Number(offset) >= first) onValue(value);
    }
  }
}
