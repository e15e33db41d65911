/**
 * The floor: Kafka's protocol by hand, with nothing in it that ping-pong does not need. No client can be much faster.
 * It is no client to use: it knows one partition, and gives up at the first error.
 */
import { createMicroBatches } from '../contestants/micro-batches.ts';
import type { OpenRawLine } from '../contestants/raw-line.ts';
import { fetchBatches } from './fetch.ts';
import { type OpenLeader, openLeader } from './open-leader.ts';
import { type BatchWriter, createBatchWriter } from './produce.ts';
import { offsetBehind, readValues } from './record-batch.ts';

const maxRecords = 1024;
const maxInFlight = 2;

export const openFloorLine: OpenRawLine = ({ brokers }, { readTopic, writeTopic }) => {
  let isClosed = false;
  let readLeader: OpenLeader | undefined;
  let writeLeader: OpenLeader | undefined;
  let writer: BatchWriter | undefined;
  const batches = createMicroBatches({ maxRecords, maxInFlight, write: (values) => writer!.write(values) });

  /** Until the connection is closed. The next fetch is under way while what came is handed over. */
  async function read(leader: OpenLeader, onValue: (value: Buffer) => void): Promise<never> {
    let next = leader.endOffset;
    for (let fetching = fetchBatches(leader.connection, readTopic, next); ; ) {
      const fetched = await fetching;
      const first = next;
      next = offsetBehind(fetched, first);
      fetching = fetchBatches(leader.connection, readTopic, next);
      for (const value of readValues(fetched, first)) onValue(value);
    }
  }

  return {
    write: (value) => batches.add(value),
    async start(onValue) {
      // Two connections, also to one broker: it answers one request after another, and a fetch waits long.
      [readLeader, writeLeader] = await Promise.all([
        openLeader(brokers, readTopic),
        openLeader(brokers, writeTopic),
      ]);
      writer = createBatchWriter(writeLeader.connection, writeTopic);
      read(readLeader, onValue).catch((error: unknown) => {
        if (!isClosed) throw error;
      });
    },
    async close() {
      await batches.drain();
      isClosed = true;
      await Promise.all([readLeader?.connection.close(), writeLeader?.connection.close()]);
    },
  };
};
