/**
 * One end of a ping-pong over @platformatic/kafka: writes to one topic, reads another, each of one partition.
 * It reads by the consumer's own `fetch`, which joins no group; the consumer's streams would.
 */
import { Consumer, ProduceAcks, Producer } from '@platformatic/kafka';
import { createMicroBatches } from './micro-batches.ts';
import type { OpenRawLine } from './raw-line.ts';

const maxRecords = 512;
const maxInFlight = 2;
const maxWaitMs = 250;
const maxBytes = 10 * 1024 * 1024;
const readUncommitted = 0;
const unknownEpoch = -1;

export const openPlatformaticLine: OpenRawLine = ({ brokers, name }, { readTopic, writeTopic }) => {
  const options = { clientId: name, bootstrapBrokers: [...brokers] };
  const producer = new Producer(options);
  const consumer = new Consumer({ ...options, groupId: 'never-joined' });
  const batches = createMicroBatches({
    maxRecords,
    maxInFlight,
    write: (values) =>
      producer.send({
        acks: ProduceAcks.ALL,
        messages: values.map((value) => ({ topic: writeTopic, partition: 0, value })),
      }),
  });
  let isClosed = false;

  return {
    write: (value) => batches.add(value),
    async start(onValue) {
      const [place] = await Promise.all([findPlace(consumer, readTopic), producer.connectToBrokers()]);
      read(consumer, place, onValue).catch((error: unknown) => {
        if (!isClosed) throw error;
      });
    },
    async close() {
      await batches.drain();
      isClosed = true;
      await Promise.all([producer.close(), consumer.close()]);
    },
  };
};

/** Where to read. */
interface Place {
  /** The leader's id. */
  readonly node: number;
  readonly topicId: string;
  readonly from: bigint;
}

/** The end of the topic. */
async function findPlace(consumer: Consumer, topic: string): Promise<Place> {
  const metadata = await consumer.metadata({ topics: [topic] });
  const offsets = await consumer.listOffsets({ topics: [topic] });
  const { id, partitions } = metadata.topics.get(topic)!;
  return { node: partitions[0]!.leader, topicId: id, from: offsets.get(topic)![0]! };
}

/** Until the consumer is closed. The next Fetch is under way while what came is handed over. */
async function read(consumer: Consumer, place: Place, onValue: (value: Buffer) => void): Promise<never> {
  let next = place.from;
  for (let fetching = fetchFrom(consumer, place, next); ; ) {
    const { responses } = await fetching;
    const batches = responses[0]?.partitions[0]?.records ?? [];
    const first = next;
    const last = batches.at(-1);
    if (last !== undefined) next = last.firstOffset + BigInt(last.lastOffsetDelta) + 1n;
    fetching = fetchFrom(consumer, place, next);
    for (const { firstOffset, records } of batches) {
      // A Fetch returns whole batches, also what stands before the offset that was asked for.
      const skipped = Number(first - firstOffset);
      for (const { offsetDelta, value } of records) if (offsetDelta >= skipped) onValue(value!);
    }
  }
}

function fetchFrom(consumer: Consumer, { node, topicId }: Place, fetchOffset: bigint) {
  const partition = {
    partition: 0,
    fetchOffset,
    partitionMaxBytes: maxBytes,
    currentLeaderEpoch: unknownEpoch,
    lastFetchedEpoch: unknownEpoch,
  };
  return consumer.fetch({
    node,
    maxWaitTime: maxWaitMs,
    minBytes: 1,
    maxBytes,
    isolationLevel: readUncommitted,
    topics: [{ topicId, partitions: [partition] }],
  });
}
