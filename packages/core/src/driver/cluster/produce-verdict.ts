/**
 * What becomes of a batch after an answer, and of a queue after a lookup.
 * Owns: the meaning of Kafka's error codes for writing. Pure.
 */
import { KafkaTransportError } from '../../errors/transport-error.js';
import type { RawTopicMetadata } from './broker-requests.js';
import { codeToTransportError, originalError } from './client-errors.js';
import {
  isProducerIdentityLost,
  isRetriableKafkaError,
  isTooLarge,
  kafkaErrorName,
} from './kafka-error-codes.js';
import type { PartitionQueue, ProduceBatch } from './produce-batch.js';

/** What a broker answered for one partition. */
export interface ProduceAnswer {
  readonly errorCode: number;
  readonly baseOffset: number;
}

/** What to do with a batch. */
export type ProduceVerdict =
  | { readonly kind: 'written'; readonly baseOffset: number }
  | { readonly kind: 'split' }
  | { readonly kind: 'retry' | 'new-identity' | 'fail'; readonly error: KafkaTransportError };

/** Judges a broker's answer for one batch. */
export function judgeProduce(answer: ProduceAnswer | undefined, batch: ProduceBatch): ProduceVerdict {
  if (answer === undefined || (answer.errorCode === 0 && answer.baseOffset < 0)) {
    return { kind: 'retry', error: passingFailure(batch.queue, 'the broker answered without an offset') };
  }
  if (answer.errorCode === 0) return { kind: 'written', baseOffset: answer.baseOffset };
  const name = kafkaErrorName(answer.errorCode);
  if (isTooLarge(name) || name === 'INVALID_RECORD') {
    if (batch.records.length > 1) return { kind: 'split' };
    return { kind: 'fail', error: refusal(batch, answer.errorCode) };
  }
  if (isProducerIdentityLost(name)) {
    return { kind: 'new-identity', error: passingFailure(batch.queue, name) };
  }
  if (isRetriableKafkaError(name)) return { kind: 'retry', error: passingFailure(batch.queue, name) };
  return { kind: 'fail', error: refusal(batch, answer.errorCode) };
}

/** The error of a record that cannot be put on the wire. */
export function encodingError(queue: PartitionQueue, error: Error): KafkaTransportError {
  return lastingFailure(queue, `it cannot be encoded: ${error.message}`);
}

/** Where the records of a queue are to be sent. */
export type Place =
  | { readonly kind: 'leader'; readonly nodeId: number }
  | { readonly kind: 'wait' }
  | { readonly kind: 'missing'; readonly partitions: number | undefined; readonly errorCode: number };

/** Judges what a broker knows of a queue's topic. */
export function judgePlace(queue: PartitionQueue, topic: RawTopicMetadata | undefined): Place {
  if (topic === undefined) return { kind: 'wait' };
  const name = kafkaErrorName(topic.topicErrorCode);
  if (topic.topicErrorCode !== 0) {
    if (name === 'LEADER_NOT_AVAILABLE') return { kind: 'wait' };
    return { kind: 'missing', partitions: undefined, errorCode: topic.topicErrorCode };
  }
  const found = topic.partitionMetadata.find((partition) => partition.partitionId === queue.partition);
  if (found === undefined)
    return { kind: 'missing', partitions: topic.partitionMetadata.length, errorCode: 3 };
  return found.leader >= 0 ? { kind: 'leader', nodeId: found.leader } : { kind: 'wait' };
}

/** A topic that was just created is unknown to some brokers for a moment: this long it is given. */
const missingGraceMs = 1000;

/** The error of a queue whose topic or partition is not there; `undefined` while it may still appear. */
export function missingPlaceError(
  queue: PartitionQueue,
  place: Place & { kind: 'missing' },
  nowMs: number,
): KafkaTransportError | undefined {
  const unknown = kafkaErrorName(place.errorCode) === 'UNKNOWN_TOPIC_OR_PARTITION';
  if (unknown && nowMs - (queue.missingSinceMs ?? nowMs) < missingGraceMs) return undefined;
  if (place.partitions !== undefined) {
    return lastingFailure(
      queue,
      `the topic has ${place.partitions} partition${place.partitions === 1 ? '' : 's'} only`,
    );
  }
  return codeToTransportError(place.errorCode, `cannot write to topic ${queue.topic}`, 'WRITE');
}

/** The error of records that were tried until their time was over. */
export function deadlineError(queue: PartitionQueue, lastError: Error | undefined): KafkaTransportError {
  const reason = lastError === undefined ? 'no answer' : originalError(lastError).message;
  return passingFailure(queue, `given up after repeated attempts, the last ended with: ${reason}`);
}

function refusal(batch: ProduceBatch, errorCode: number): KafkaTransportError {
  const { topic, partition } = batch.queue;
  const mapped = codeToTransportError(errorCode, `a record for ${topic}[${partition}] was refused`, 'WRITE');
  if (mapped.code !== 'BROKER_ERROR') return mapped;
  return lastingFailure(batch.queue, `refused with ${kafkaErrorName(errorCode)}`);
}

interface PartitionPlace {
  readonly topic: string;
  readonly partition: number;
}

function passingFailure(place: PartitionPlace, what: string): KafkaTransportError {
  return produceFailed(place, { what, retryable: true });
}

function lastingFailure(place: PartitionPlace, what: string): KafkaTransportError {
  return produceFailed(place, { what, retryable: false });
}

function produceFailed(
  { topic, partition }: PartitionPlace,
  failure: { readonly what: string; readonly retryable: boolean },
): KafkaTransportError {
  return new KafkaTransportError({
    code: 'PRODUCE_FAILED',
    message: `a record for ${topic}[${partition}] was not written: ${failure.what}`,
    retryable: failure.retryable,
  });
}
