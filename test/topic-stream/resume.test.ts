/** Subscriptions to a topic over Kafka: servers come and go, and each subscriber has each record once. */
import { setTimeout as delay } from 'node:timers/promises';
import { createTRPCClient } from '@trpc/client';
import { applyKafkaHandler, type KafkaHandler } from '@trpc-kafka/adapter';
import { defineKafkaService } from '@trpc-kafka/core';
import { createKafkaClient, kafkaLink } from '@trpc-kafka/link';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createCollector } from '../support/collector.ts';
import { createEventLog, type EventLog } from '../support/event-log.ts';
import { forkFixture } from '../support/forked-process.ts';
import { sharedBrokers } from '../support/shared-brokers.ts';
import { createTopicRouter, type TopicRouter } from './fixtures/topic-router.ts';
import { createTopicWorld, takeAll } from './support/topic-world.ts';

const targets = await sharedBrokers();

const partitions = 4;

/** A topic with a writer who does not pause, and a service that streams it. */
async function createResumeWorld(brokers: readonly string[]) {
  const { topic, kafka: client, write, read } = await createTopicWorld(brokers, partitions);
  const name = topic.replaceAll('.', '-');
  const service = defineKafkaService({ name, topics: { requests: { partitions: 4 } } });
  let written = 0;
  let writing = true;
  const writer = (async () => {
    while (writing) {
      await write(written % partitions, written++);
      await delay(5);
    }
  })();
  onTestFinished(async () => {
    writing = false;
    await writer;
  });

  return {
    topic,
    read,
    async stopWriting(): Promise<number> {
      writing = false;
      await writer;
      return written;
    },
    async serve(log: EventLog): Promise<KafkaHandler> {
      const router = createTopicRouter(client, (line) => log.note(line));
      const handler = applyKafkaHandler({ kafka: client, service, router });
      onTestFinished(() => handler.close({ graceMs: 0 }));
      await handler.ready();
      return handler;
    },
    async fork() {
      const forked = forkFixture(new URL('./fixtures/topic-server.ts', import.meta.url), [name, ...brokers]);
      onTestFinished(() => void forked.process.kill('SIGKILL'));
      await forked.heard('ready');
      return forked;
    },
    /** Subscribers, and what each of them was given. */
    subscribe(count: number) {
      const kafkaClient = createKafkaClient({
        kafka: client,
        service,
        app: `${name}-app`,
        timeoutMs: 40_000,
        keepAlive: { intervalMs: 500, lostAfterMs: 2000 },
      });
      onTestFinished(() => kafkaClient.close());
      const trpc = createTRPCClient<TopicRouter>({
        links: [kafkaLink<TopicRouter>({ client: kafkaClient })],
      });
      return Array.from({ length: count }, () => {
        const events = createCollector<{ readonly id: string; readonly data: number }>();
        const ends: unknown[] = [];
        trpc.numbers.subscribe(
          { topic },
          {
            onData: (event) => events.add(event),
            onError: (error) => void ends.push(error),
            onComplete: () => void ends.push('complete'),
          },
        );
        return { events, ends };
      });
    },
  };
}

/** Each once, in the order of its partition. */
function expectAll(numbers: readonly number[], total: number): void {
  const all = Array.from({ length: total }, (_, number) => number);
  const lanes = (given: readonly number[]) =>
    Array.from({ length: partitions }, (_, lane) => given.filter((number) => number % partitions === lane));
  expect(lanes(numbers)).toEqual(lanes(all));
}

type Subscribers = ReturnType<Awaited<ReturnType<typeof createResumeWorld>>['subscribe']>;

async function expectAllOf(subscribers: Subscribers, total: number): Promise<void> {
  for (const { events, ends } of subscribers) {
    await events.count(total);
    expect(ends).toEqual([]);
    expectAll(
      events.items.map(({ data }) => data),
      total,
    );
  }
}

const more = (subscribers: Subscribers, count: number): Promise<unknown> =>
  Promise.all(subscribers.map(({ events }) => events.count(events.items.length + count)));

describe.each(targets)('on $name', ({ skip, brokers }) => {
  test.skipIf(skip)(
    'a killed server: each subscriber goes on at its successor with the next record of every partition',
    async () => {
      const world = await createResumeWorld(brokers);
      const doomed = await world.fork();
      const subscribers = world.subscribe(5);
      await more(subscribers, 40);
      const log = createEventLog();
      const ready = world.serve(log);
      doomed.process.kill('SIGKILL');
      await ready;
      await log.until('resumed', 5);
      await more(subscribers, 40);
      await expectAllOf(subscribers, await world.stopWriting());
    },
    120_000,
  );

  test.skipIf(skip)(
    'a rolling restart: streams overlap and mix partitions differently, subscribers do not notice; any id they were given resumes',
    async () => {
      const world = await createResumeWorld(brokers);
      const log = createEventLog();
      let handler = await world.serve(log);
      const subscribers = world.subscribe(5);
      await more(subscribers, 20);
      for (let restart = 1; restart <= 3; restart++) {
        const next = await world.serve(log);
        await handler.close({ graceMs: 60_000 });
        handler = next;
        await more(subscribers, 20);
      }
      expect(log.count('resumed')).toBeGreaterThanOrEqual(15);
      const total = await world.stopWriting();
      await expectAllOf(subscribers, total);
      const events = subscribers[0]!.events.items;
      const delivered: number[] = [];
      for (const [index, { id, data }] of events.entries()) {
        delivered.push(data);
        if (index % 20 !== 0) continue;
        const decode = ({ value }: { readonly value: Buffer | null }) => Number(value);
        const rest = await takeAll(world.read({ lastEventId: id, end: 'current', decode }));
        expectAll([...delivered, ...rest], total);
      }
    },
    120_000,
  );
});
