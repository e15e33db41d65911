/**
 * Answers to Fetch, version 11, in kafkajs's shape.
 * Owns: the layout around the record batches. Must not know: who fetches.
 */
import type { RawFetchedPartition, RawFetchResponse } from '../broker-requests.js';
import type { FindCodec } from './compression.js';
import {
  type AbortedTransaction,
  decodeRecordBatches,
  type UnreadableBatch,
} from './record-batch-decoder.js';
import { WireReader } from './wire-reader.js';

/** A batch that was left out, and where. */
export interface SkippedBatch extends UnreadableBatch {
  readonly topic: string;
  readonly partition: number;
}

/** What answers are read with. */
export interface FetchReading {
  readonly findCodec: FindCodec;
  readonly onSkipped: (batch: SkippedBatch) => void;
}

/** The version that is read here; kafkajs asks for it unless brokers are too old. */
export const fetchVersion = 11;

/** What kafkajs's connection looks at, too. */
interface DecodedFetch extends RawFetchResponse {
  readonly throttleTime: number;
  readonly clientSideThrottleTime: number;
}

/** Reads an answer. Record batches that cannot be read are left out and told. */
export async function decodeFetchResponse(payload: Buffer, reading: FetchReading): Promise<DecodedFetch> {
  const reader = new WireReader(payload);
  const clientSideThrottleTime = reader.int32();
  const errorCode = reader.int16();
  reader.int32(); // session id: none is asked for
  const responses: { topicName: string; partitions: RawFetchedPartition[] }[] = [];
  for (let topics = reader.int32(); topics > 0; topics--) {
    const topicName = reader.string();
    const partitions: RawFetchedPartition[] = [];
    for (let count = reader.int32(); count > 0; count--) {
      partitions.push(await readPartition(reader, topicName, reading));
    }
    responses.push({ topicName, partitions });
  }
  return { throttleTime: 0, clientSideThrottleTime, errorCode, responses };
}

async function readPartition(
  reader: WireReader,
  topic: string,
  { findCodec, onSkipped }: FetchReading,
): Promise<RawFetchedPartition> {
  const partition = reader.int32();
  const errorCode = reader.int16();
  const highWatermark = String(reader.int64());
  const lastStableOffset = String(reader.int64());
  reader.advance(8); // log start offset
  const aborted = readAborted(reader);
  const preferredReadReplica = reader.int32();
  const length = reader.int32();
  const at = reader.advance(Math.max(0, length));
  const unreadable: UnreadableBatch[] = [];
  const messages = await decodeRecordBatches(reader.bytes.subarray(at, reader.position), {
    // Without its codec a batch is as good as rubbish: it is left out like that.
    decompress: async (type, bytes) => findCodec(type).decompress(bytes),
    aborted,
    onUnreadable: (batch) => {
      unreadable.push(batch);
      onSkipped({ topic, partition, ...batch });
    },
  });
  return {
    partition,
    errorCode,
    highWatermark,
    lastStableOffset,
    // They are left out already.
    abortedTransactions: [],
    preferredReadReplica,
    messages,
    unreadable,
  };
}

/** Brokers name them to whoever wants committed records only. */
function readAborted(reader: WireReader): AbortedTransaction[] {
  const aborted: AbortedTransaction[] = [];
  for (let count = reader.int32(); count > 0; count--) {
    aborted.push({ producerId: reader.int64(), firstOffset: reader.int64() });
  }
  return aborted;
}
