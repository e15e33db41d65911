/**
 * Records on their way to one partition: the queue, the batch in flight, the sequence numbers.
 * Owns: which records form the next batch and under which sequence it is sent. Pure: no clock, no I/O.
 *
 * Why the driver numbers batches itself: kafkajs's idempotent producer takes the numbers of *all* partitions of a request
 * back when one of them was refused. The brokers then take the next records of the partitions that had been written for
 * repeats of the refused ones, acknowledge them and drop them. Here a number is taken back only for what was surely not written.
 */
import type { ProduceOutcome } from '../kafka-driver.js';
import type { OutgoingRecord } from '../record.js';

/** A `produce` call that waits for outcomes. */
export interface ProduceCall {
  readonly outcomes: ProduceOutcome[];
  readonly startedMs: number;
  remaining: number;
  resolve(outcomes: readonly ProduceOutcome[]): void;
}

/** A record that has no outcome yet. */
export interface PendingRecord {
  readonly record: OutgoingRecord;
  readonly call: ProduceCall;
  readonly index: number;
  /** True once a batch with it was refused: it is sent by itself, so that only the guilty record fails. */
  alone: boolean;
}

/** Who the brokers take this producer for (KIP-98). */
export interface ProducerIdentity {
  readonly producerId: string;
  readonly producerEpoch: number;
}

/** A batch for one partition. It keeps its identity and number over every attempt, so that brokers recognise a repeat. */
export interface ProduceBatch {
  readonly queue: PartitionQueue;
  readonly records: readonly PendingRecord[];
  readonly identity: ProducerIdentity;
  readonly firstSequence: number;
  /** True when an attempt ended without an answer: it may have been written. */
  ambiguous: boolean;
}

/** Limits of one batch. */
export interface BatchLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
}

/** The records for one partition. One batch at a time is taken from it. */
export interface PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  pending: PendingRecord[];
  /** A batch that has to be sent again before anything else. */
  retry: ProduceBatch | undefined;
  inFlight: ProduceBatch | undefined;
  identity: ProducerIdentity | undefined;
  nextSequence: number;
  /** Attempts that failed in a row. */
  failures: number;
  /** Since when brokers say that the topic or partition does not exist. */
  missingSinceMs: number | undefined;
}

/** Makes an empty queue. */
export function createPartitionQueue(topic: string, partition: number): PartitionQueue {
  return {
    topic,
    partition,
    pending: [],
    retry: undefined,
    inFlight: undefined,
    identity: undefined,
    nextSequence: 0,
    failures: 0,
    missingSinceMs: undefined,
  };
}

/** True when the queue has something to send and nothing in flight. */
export function isSendable(queue: PartitionQueue): boolean {
  return queue.inFlight === undefined && (queue.retry !== undefined || queue.pending.length > 0);
}

/** Takes the next batch and marks it as in flight. */
export function takeBatch(
  queue: PartitionQueue,
  identity: ProducerIdentity,
  limits: BatchLimits,
): ProduceBatch {
  const batch = queue.retry ?? numberRecords(queue, takeRecords(queue, limits), identity);
  queue.retry = undefined;
  queue.inFlight = batch;
  return batch;
}

/** The batch was written, or is given up: its number is spent. */
export function finishBatch(batch: ProduceBatch): void {
  batch.queue.inFlight = undefined;
  batch.queue.failures = 0;
  batch.queue.missingSinceMs = undefined;
}

/** The batch is to be sent again as it is, before anything else of its partition. */
export function keepForRetry(batch: ProduceBatch): void {
  const { queue } = batch;
  queue.inFlight = undefined;
  queue.retry = batch;
  queue.failures++;
}

/** The batch was refused and surely not written: its number is free again. */
export function takeBackNumber(batch: ProduceBatch): void {
  if (batch.queue.identity === batch.identity) batch.queue.nextSequence = batch.firstSequence;
}

/** Puts the records of a refused batch back to the front, to be sent one by one. */
export function splitBatch(batch: ProduceBatch): void {
  for (const pending of batch.records) pending.alone = true;
  batch.queue.pending = [...batch.records, ...batch.queue.pending];
}

/** Takes the records out of an unsent batch that cannot be encoded, all of them if none is to blame; puts the others back. */
export function extractUnencodable(batch: ProduceBatch): readonly PendingRecord[] {
  const guilty = batch.records.filter(({ record }) => !isEncodable(record));
  const innocent = guilty.length === 0 ? [] : batch.records.filter((pending) => !guilty.includes(pending));
  batch.queue.pending = [...innocent, ...batch.queue.pending];
  return guilty.length === 0 ? batch.records : guilty;
}

/** True when a record of the batch cannot be put on the wire. */
export function hasUnencodable(batch: ProduceBatch): boolean {
  return batch.records.some(({ record }) => !isEncodable(record));
}

/** Types forbid the others; but headers come from users, and not all users have types. */
function isEncodable({ key, value, headers }: OutgoingRecord): boolean {
  // As the encoder goes through them, inherited ones included.
  for (const name in headers) {
    const value = headers[name];
    if (Array.isArray(value) ? !value.every(isBytes) : !isBytes(value)) return false;
  }
  return (key === null || isBytes(key)) && (value === null || isBytes(value));
}

function isBytes(part: unknown): boolean {
  return typeof part === 'string' || Buffer.isBuffer(part);
}

/** Gives a batch a number under another identity: the brokers no longer know the one it had. */
export function renumberBatch(batch: ProduceBatch, identity: ProducerIdentity): ProduceBatch {
  return numberRecords(batch.queue, batch.records, identity);
}

function takeRecords(queue: PartitionQueue, limits: BatchLimits): readonly PendingRecord[] {
  const { pending } = queue;
  const most = Math.min(pending.length, limits.maxRecords);
  let bytes = 0;
  let count = 0;
  while (count < most) {
    const next = pending[count]!;
    if (count > 0 && (next.alone || pending[count - 1]!.alone)) break;
    bytes += estimateBytes(next.record);
    if (count > 0 && bytes > limits.maxBytes) break;
    count++;
  }
  if (count < pending.length) return pending.splice(0, count);
  queue.pending = [];
  return pending;
}

function numberRecords(
  queue: PartitionQueue,
  records: readonly PendingRecord[],
  identity: ProducerIdentity,
): ProduceBatch {
  if (queue.identity !== identity) {
    queue.identity = identity;
    queue.nextSequence = 0;
  }
  const firstSequence = queue.nextSequence;
  queue.nextSequence = nextSequence(firstSequence, records.length);
  return { queue, records, identity, firstSequence, ambiguous: false };
}

const largestSequence = 0x7fffffff;

/** Sequence numbers are 31 bits and go on from 0, as in `DefaultRecordBatch.incrementSequence` of Kafka. */
export function nextSequence(sequence: number, count: number): number {
  if (sequence > largestSequence - count) return count - (largestSequence - sequence) - 1;
  return sequence + count;
}

/** About 30 bytes of a record are its own lengths, deltas and attributes. */
function estimateBytes(record: OutgoingRecord): number {
  let bytes = 30 + (record.value?.length ?? 0) + (record.key?.length ?? 0);
  for (const name in record.headers) {
    // Not yet known to be encodable: there may be nothing.
    const value = record.headers[name];
    if (Array.isArray(value)) for (const each of value) bytes += name.length + (each?.length ?? 0) + 4;
    else bytes += name.length + (value?.length ?? 0) + 4;
  }
  return bytes;
}
