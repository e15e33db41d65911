/** Replies that brokers refuse, and nothing comes after them that could show that they are missing: who reads a stream is told. */
import { once } from 'node:events';
import { createTRPCClient } from '@trpc/client';
import { initTRPC, tracked } from '@trpc/server';
import { applyKafkaHandler } from '@trpc-kafka/adapter';
import { defineKafkaService } from '@trpc-kafka/core';
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { createKafkaClient, kafkaLink } from '@trpc-kafka/link';
import { Kafka, logLevel } from 'kafkajs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { createEventLog, type EventLog } from '../support/event-log.ts';

const t = initTRPC.create();

/** What comes second waits until the test says `go`. */
function createRouter(log: EventLog) {
  return t.router({
    events: t.procedure
      .input(z.object({ lastEventId: z.string().optional() }))
      .subscription(async function* ({ input, signal }) {
        if (input.lastEventId === undefined) yield tracked('1', 'first');
        await log.until('go');
        yield tracked('2', 'second');
        await once(signal!, 'abort');
      }),
    result: t.procedure.input(z.enum(['waits', 'ends'])).query(async function* ({ input, signal }) {
      try {
        yield 'first';
        await log.until('go');
        yield 'second';
        if (input === 'waits') await once(signal!, 'abort');
      } finally {
        log.note('finally');
      }
    }),
  });
}

/** A server and a client, on a broker that refuses the next batch of replies when it is told to. */
async function open() {
  const log = createEventLog();
  const router = createRouter(log);
  const broker = await createDevBroker();
  const service = defineKafkaService({ name: 'refused' });
  const connect = () => new Kafka({ brokers: [...broker.brokers], logLevel: logLevel.NOTHING });
  const handler = applyKafkaHandler({ kafka: connect(), service, router });
  const kafkaClient = createKafkaClient({ kafka: connect(), service });
  await Promise.all([handler.ready(), kafkaClient.ready()]);
  const link = kafkaLink<typeof router>({ client: kafkaClient });
  const { topic } = service.topics.replies;
  return {
    log,
    client: createTRPCClient<typeof router>({ links: [link] }),
    counters: () => handler.counters(),
    refuse: () => broker.faults.fail({ api: 'Produce', topic }, 'TOPIC_AUTHORIZATION_FAILED', { times: 1 }),
    async [Symbol.asyncDispose]() {
      await kafkaClient.close();
      await handler.close({ graceMs: 0 });
      await broker.close();
    },
  };
}

test('a subscription goes on behind its last event', async () => {
  await using opened = await open();
  const { client, log, refuse, counters } = opened;
  const wrong: string[] = [];
  const subscription = client.events.subscribe(
    {},
    {
      onData: ({ data }) => log.note(data),
      onError: (error) => wrong.push(error.message),
    },
  );
  await log.until('first');
  const refused = refuse();
  log.note('go');
  await refused.untilHit();
  await log.until('second');
  expect([log.count('first'), wrong, counters().repliesFailed]).toEqual([1, [], 1]);
  subscription.unsubscribe();
});

test.each(['waits', 'ends'] as const)(
  'a streamed result that then %s is lost, its generator ends',
  async (after) => {
    await using opened = await open();
    const { client, log, refuse } = opened;
    const items = (await client.result.query(after))[Symbol.asyncIterator]();
    expect(await items.next()).toEqual({ done: false, value: 'first' });
    const refused = refuse();
    log.note('go');
    await refused.untilHit();
    await expect(items.next()).rejects.toMatchObject({ cause: { code: 'STREAM_LOST', retryable: true } });
    await log.until('finally');
  },
);
