/** Fetch: record batches of a topic's only partition, waited for where there are none. */
import { assertNoError } from './kafka-code-error.ts';
import type { KafkaApi, KafkaConnection } from './kafka-connection.ts';
import { readOnlyPartition } from './only-partition.ts';
import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

const fetchApi: KafkaApi = { key: 1, version: 4 };
const maxWaitMs = 500;
const maxBytes = 10_485_760;
const readUncommitted = 0;

/** Resolves with batches from one that has the offset on, or with nothing after half a second. Throws a `KafkaCodeError`. */
export async function fetchBatches(leader: KafkaConnection, topic: string, offset: number): Promise<Buffer> {
  const body = new WireWriter()
    .int32(-1) // no replica
    .int32(maxWaitMs)
    .int32(1) // byte is enough
    .int32(maxBytes)
    .int8(readUncommitted)
    .int32(1)
    .string(topic)
    .int32(1)
    .int32(0)
    .int64(offset)
    .int32(maxBytes)
    .finish();
  const reader = new WireReader(await leader.request(fetchApi, body));
  reader.int32(); // throttle time
  const answer = readOnlyPartition(reader, readPartition);
  assertNoError(answer.code, `reading ${topic}[0] at ${offset}`);
  return answer.batches;
}

function readPartition(reader: WireReader) {
  reader.int32(); // index
  const code = reader.int16();
  reader.int64(); // high watermark
  reader.int64(); // last stable offset
  reader.array(() => [reader.int64(), reader.int64()]); // aborted transactions
  return { code, batches: reader.lengthAndBytes() };
}
