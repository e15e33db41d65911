import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { KafkaDriver } from '../driver/kafka-driver.js';
import type { TopicDescription } from '../driver/topic-spec.js';
import { defineKafkaService } from '../service/kafka-service.js';
import { ensureTopics } from './ensure-topics.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const { replies } = defineKafkaService({ name: 'flights' }).topics;
const description: TopicDescription = {
  topic: replies.topic,
  partitions: 12,
  replicationFactor: 1,
  config: { 'cleanup.policy': 'delete' },
};

/** Brokers that show the topic when they are asked for the nth time. */
function createBrokers(shownAt: number) {
  const created: string[] = [];
  let asked = 0;
  const driver = {
    describeTopics: async () => new Map(++asked >= shownAt ? [[replies.topic, description]] : []),
    createTopics: async (specs: readonly { topic: string }[]) =>
      void created.push(...specs.map((spec) => spec.topic)),
  } as unknown as KafkaDriver;
  return { driver, created };
}

test('a topic that exists is not created', async () => {
  const { driver, created } = createBrokers(1);
  expect(await ensureTopics(driver, [replies], 'create')).toEqual(new Map([[replies.topic, description]]));
  expect(created).toEqual([]);
});

test('one that was created is looked for until the broker that is asked knows of it', async () => {
  const { driver, created } = createBrokers(5);
  const found = ensureTopics(driver, [replies], 'create');
  await vi.runAllTimersAsync();
  expect(await found).toEqual(new Map([[replies.topic, description]]));
  expect(created).toEqual([replies.topic]);
});

test('one that never shows is an error that may pass, and says nothing of what is required', async () => {
  const failed = ensureTopics(createBrokers(Infinity).driver, [replies], 'create').catch(
    (error: unknown) => error,
  );
  await vi.runAllTimersAsync();
  expect(await failed).toMatchObject({
    code: 'TOPIC_MISSING',
    retryable: true,
    message: expect.stringMatching(
      /flights\.replies was created, and not every broker knows of it after 5 s/,
    ),
  });
});

test('one that is required and missing is an error with the command that creates it', async () => {
  await expect(ensureTopics(createBrokers(Infinity).driver, [replies], 'require')).rejects.toMatchObject({
    code: 'TOPIC_MISSING',
    retryable: false,
    message: expect.stringContaining('--create --topic flights.replies --partitions 12'),
  });
});
