/** A topic on a broker, who writes to it, and who reads it as a stream; all of it ended with the test. */
import type { TrackedEnvelope } from '@trpc/server';
import { type TopicStreamOptions, topicStream } from '@trpc-kafka/adapter';
import { createKafkajsDriver, type KafkaDriver } from '@trpc-kafka/core';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { onTestFinished } from 'vitest';
import { uniqueName } from '../../support/unique-name.ts';

/** What a test works with. */
export interface TopicWorld {
  readonly topic: string;
  readonly kafka: Kafka;
  /** Shared by all streams of the world. */
  readonly driver: KafkaDriver;
  /** Writes values as JSON; answers their offsets. */
  readonly write: (partition: number, ...values: readonly unknown[]) => Promise<readonly number[]>;
  /** A stream of the topic, on the driver of the world. */
  readonly read: <TData = unknown>(
    options?: Partial<TopicStreamOptions<TData>>,
  ) => AsyncGenerator<TrackedEnvelope<TData>, void, void>;
  readonly admin: () => Promise<Admin>;
  /** Removes what lies before an offset. */
  readonly deleteBefore: (partition: number, offset: number) => Promise<void>;
}

/** Makes a world with a topic of its own. */
export async function createTopicWorld(brokers: readonly string[], partitions = 1): Promise<TopicWorld> {
  const topic = uniqueName('topic-stream');
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
  const driver = createKafkajsDriver(kafka);
  onTestFinished(() => driver.close());
  await driver.createTopics([{ topic, partitions, config: {} }]);

  async function admin(): Promise<Admin> {
    const made = kafka.admin();
    await made.connect();
    onTestFinished(() => made.disconnect());
    return made;
  }

  return {
    topic,
    kafka,
    driver,
    admin,
    async write(partition, ...values) {
      const outcomes = await driver.produce(
        values.map((value) => ({
          topic,
          partition,
          key: null,
          value: typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value),
          headers: {},
        })),
      );
      return outcomes.map((outcome) => {
        if (!outcome.ok) throw outcome.error;
        return outcome.position.offset;
      });
    },
    read<TData>(options: Partial<TopicStreamOptions<TData>> = {}) {
      const stop = new AbortController();
      onTestFinished(() => stop.abort());
      return topicStream<TData>({ kafka: driver, topic, from: 'earliest', signal: stop.signal, ...options });
    },
    async deleteBefore(partition, offset) {
      const made = await admin();
      // kafkajs deletes only in topics whose metadata it happens to have.
      await made.fetchTopicOffsets(topic);
      await made.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] });
    },
  };
}

/** The next events of a stream. */
export async function take<TData>(
  stream: AsyncGenerator<TrackedEnvelope<TData>, void, void>,
  count: number,
): Promise<readonly { readonly id: string; readonly data: TData }[]> {
  const events: { readonly id: string; readonly data: TData }[] = [];
  while (events.length < count) {
    const { done, value } = await stream.next();
    if (done === true) throw new Error(`the stream ended after ${events.length} events`);
    const [id, data] = value as TrackedEnvelope<TData>;
    events.push({ id, data });
  }
  return events;
}

/** All data up to the end of a stream. */
export async function takeAll<TData>(
  stream: AsyncGenerator<TrackedEnvelope<TData>, void, void>,
): Promise<TData[]> {
  const all: TData[] = [];
  for await (const [, data] of stream) all.push(data);
  return all;
}

/** Data alone. */
export const dataOf = <TData>(events: readonly { readonly data: TData }[]): TData[] =>
  events.map(({ data }) => data);
