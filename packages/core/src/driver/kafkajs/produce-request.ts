/** Produce requests and answers in kafkajs's shape. */
import type { RawProduceRequest, RawProduceResponse } from './kafkajs-internals.js';
import type { ProduceBatch } from './produce-batch.js';

/** What a request carries besides its batches. */
export interface ProduceRequestOptions {
  readonly compression: number | undefined;
  readonly timeoutMs: number;
}

/** What a broker answered for one partition. */
export interface ProduceAnswer {
  readonly errorCode: number;
  readonly baseOffset: number;
}

/** Answers by topic and partition. */
export type ProduceAnswers = ReadonlyMap<string, ReadonlyMap<number, ProduceAnswer>>;

/** A request with a batch per partition. All batches carry the identity of the first: see {@link sameIdentity}. */
export function createProduceRequest(
  batches: readonly ProduceBatch[],
  options: ProduceRequestOptions,
): RawProduceRequest {
  const topics = new Map<string, RawProduceRequest['topicData'][number]>();
  for (const { queue, records, firstSequence } of batches) {
    let topic = topics.get(queue.topic);
    if (topic === undefined) {
      topic = { topic: queue.topic, partitions: [] };
      topics.set(queue.topic, topic);
    }
    const messages = records.map((pending) => pending.record);
    topic.partitions.push({ partition: queue.partition, firstSequence, messages });
  }
  const identity = batches[0]!.identity;
  return {
    topicData: [...topics.values()],
    producerId: identity.producerId,
    producerEpoch: identity.producerEpoch,
    acks: -1,
    timeout: options.timeoutMs,
    ...(options.compression === undefined ? {} : { compression: options.compression }),
  };
}

/** Reads the answers; partitions the broker did not mention are absent. */
export function readProduceAnswers(response: RawProduceResponse): ProduceAnswers {
  return new Map(
    response.topics.map((topic) => [
      topic.topicName,
      new Map(
        topic.partitions.map((answer) => [
          answer.partition,
          { errorCode: answer.errorCode, baseOffset: Number(answer.baseOffset ?? answer.offset ?? -1) },
        ]),
      ),
    ]),
  );
}
