/** Produce: one record batch to a topic's only partition. */
import { assertNoError } from './kafka-code-error.ts';
import type { KafkaApi, KafkaConnection } from './kafka-connection.ts';
import { recordBatchBytes, writeRecordBatch } from './record-batch.ts';
import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

const produceApi: KafkaApi = { key: 0, version: 3 };
const allInSync = -1;
const timeoutMs = 30_000;

/** Writes batches. */
export interface BatchWriter {
  /** Resolves when all replicas in sync have it. Throws a `KafkaCodeError` where the broker refuses it. */
  write(values: readonly Buffer[]): Promise<void>;
}

/** Makes a writer: what is alike in all its requests is written once. */
export function createBatchWriter(leader: KafkaConnection, topic: string): BatchWriter {
  const head = new WireWriter()
    .string(null) // no transaction
    .int16(allInSync)
    .int32(timeoutMs)
    .int32(1)
    .string(topic)
    .int32(1)
    .int32(0)
    .finish();
  const batchAt = head.length + 4;

  return {
    async write(values) {
      const batchBytes = recordBatchBytes(values);
      const body = Buffer.allocUnsafe(batchAt + batchBytes);
      body.set(head, 0);
      body.writeInt32BE(batchBytes, head.length);
      writeRecordBatch(body, values, batchAt);
      assertNoError(readCode(await leader.request(produceApi, body)), `writing to ${topic}[0]`);
    },
  };
}

function readCode(answer: Buffer): number {
  const reader = new WireReader(answer);
  reader.int32(); // one topic
  reader.string();
  reader.int32(); // one partition
  reader.int32();
  return reader.int16();
}
