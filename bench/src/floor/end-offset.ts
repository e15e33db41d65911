/** ListOffsets: where a topic's only partition ends. */
import { assertNoError } from './kafka-code-error.ts';
import type { KafkaApi, KafkaConnection } from './kafka-connection.ts';
import { readOnlyPartition } from './only-partition.ts';
import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

const listOffsets: KafkaApi = { key: 2, version: 1 };
const latest = -1;

/** Asks the leader. Throws a `KafkaCodeError` where it does not know that it leads. */
export async function findEndOffset(leader: KafkaConnection, topic: string): Promise<number> {
  const body = new WireWriter()
    .int32(-1) // no replica
    .int32(1)
    .string(topic)
    .int32(1)
    .int32(0)
    .int64(latest)
    .finish();
  const reader = new WireReader(await leader.request(listOffsets, body));
  const answer = readOnlyPartition(reader, readPartition);
  assertNoError(answer.code, `looking for the end of ${topic}[0]`);
  return answer.offset;
}

function readPartition(reader: WireReader) {
  reader.int32(); // index
  const code = reader.int16();
  reader.int64(); // time
  return { code, offset: reader.int64() };
}
