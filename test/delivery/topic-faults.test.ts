/** What becomes of calls when their topics are deleted and made again, and when partitions are added to them. */
import { setTimeout as delay } from 'node:timers/promises';
import type { KafkaHandlerEvent } from '@trpc-kafka/adapter';
import { type DriverEvent, isKafkaTransportError } from '@trpc-kafka/core';
import { type KafkaClientEvent, kafkaContext } from '@trpc-kafka/link';
import type { Admin } from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { type CaseContext, createCaseContext } from '../conformance/case-context.ts';
import { createCollector } from '../support/collector.ts';
import { sharedBrokers } from '../support/shared-brokers.ts';
import { untilDone } from './support/telling-call.ts';

const targets = await sharedBrokers();

/** What a call may fail with while its topics are not there: each says what is wrong. */
const clear = ['TOPIC_MISSING', 'PRODUCE_FAILED', 'TIMEOUT'];

async function withAdmin(context: CaseContext, act: (admin: Admin) => Promise<unknown>): Promise<void> {
  const admin = context.createKafka().admin();
  await admin.connect();
  try {
    await act(admin);
  } finally {
    await admin.disconnect();
  }
}

/** A call that is lost with its topic waits for its deadline before it is made again. */
const shortMs = 3000;
/** Longer than anything takes on a busy machine. */
const longMs = 45_000;

async function start(context: CaseContext, timeoutMs = shortMs) {
  const started = await context.start({ connect: { timeoutMs, retryDelayMs: () => 100 } });
  const events = createCollector<DriverEvent>();
  for (const side of [started.handler, started.kafkaClient]) {
    side.on((event: KafkaHandlerEvent | KafkaClientEvent) => {
      if (event.type === 'driver') events.add(event.event);
    });
  }
  return { ...started, events };
}
type Started = Awaited<ReturnType<typeof start>>;

/** So many that a new inbox is as good as never on one of those that were there before. */
const many = 40;

/** Calls and gives up; resolves when the server hears of that. It never does when the cancel is lost: it is said once. */
async function cancel({ log }: CaseContext, { client }: Started, name: string): Promise<void> {
  const abort = new AbortController();
  const context = kafkaContext({ timeoutMs: 600_000 });
  const call = client.calls.hang.query(name, { signal: abort.signal, context });
  await Promise.race([call, log.until(`begun ${name}`)]);
  abort.abort();
  await expect(call).rejects.toThrow();
  await log.until(`aborted ${name}`);
}

/** What each topic is for, done until it works. */
const uses = {
  async requests(_context: CaseContext, { client }: Started, name: string) {
    await untilDone(() => client.calls.echo.query(name), clear);
  },
  async replies(_context: CaseContext, { client }: Started, name: string) {
    await untilDone(() => client.calls.echo.query(name), clear);
  },
  async oneWay({ log }: CaseContext, { emitter }: Started, name: string) {
    await untilDone(() => emitter.calls.noted(name), clear);
    await log.until(name);
  },
  async control(context: CaseContext, started: Started, name: string) {
    for (let n = 0, done = false; !done; n++) {
      const heard = cancel(context, started, `${name} ${n}`).then(() => true);
      done = await Promise.race([heard, delay(shortMs, false)]);
    }
  },
};

/** That a topic is missing is told by whoever reads it. */
function isMissing(event: DriverEvent): boolean {
  if (event.type !== 'group-failed' && event.type !== 'inbox-interrupted') return false;
  return isKafkaTransportError(event.error) && event.error.code === 'TOPIC_MISSING';
}

const topics = Object.keys(uses) as (keyof typeof uses)[];

describe.concurrent.each(targets)('on $name', ({ skip, brokers }) => {
  describe.skipIf(skip)('a topic', () => {
    test.each(topics)(
      'of %s that is deleted is made again, and calls go on',
      async (role) => {
        await using context = createCaseContext(brokers);
        const started = await start(context);
        const { topic } = context.service.topics[role];
        await uses[role](context, started, 'before');
        await withAdmin(context, (admin) => admin.deleteTopics({ topics: [topic] }));
        await started.events.until((all) => all.some(isMissing), 'the loss to be told');
        await uses[role](context, started, 'after');
      },
      60_000,
    );

    test.each(topics)(
      'of %s that somebody deletes and makes anew at once is read on from its beginning',
      async (role) => {
        await using context = createCaseContext(brokers);
        const started = await start(context);
        const { topic, partitions } = context.service.topics[role];
        await uses[role](context, started, 'before');
        await withAdmin(context, async (admin) => {
          await admin.deleteTopics({ topics: [topic] });
          await admin.createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: false });
        });
        await uses[role](context, started, 'after');
      },
      60_000,
    );
  });

  test.skipIf(skip)(
    'partitions that are added to a running service are used by all: no call fails, none is lost',
    async () => {
      await using context = createCaseContext(brokers);
      const { service, log } = context;
      const first = await start(context, longMs);
      const roles = ['requests', 'oneWay', 'control', 'replies'] as const;
      const topicPartitions = roles.map((role) => ({ topic: service.topics[role].topic, count: many }));
      await withAdmin(context, (admin) => admin.createPartitions({ topicPartitions }));
      // The client looks again ten seconds after it last did.
      const seen = new Set<number>();
      for (let n = 0; [...seen].every((partition) => partition < 3); n++) {
        const { req } = await first.client.calls.whereAmI.query();
        seen.add(req.partition);
        await first.emitter.calls.noted(`one-way ${n}`);
        await log.until(`one-way ${n}`);
        await delay(100);
      }
      // Those who come later have their inboxes on one of the new partitions, as good as certainly.
      const second = await start(context, longMs);
      await first.handler.close({ graceMs: 10_000 });
      for (const { client } of [first, second]) {
        const answers = Array.from({ length: many }, (_, n) =>
          client.calls.echo.query(n, { context: kafkaContext({ key: `${n}` }) }),
        );
        expect(await Promise.all(answers)).toEqual([...answers.keys()]);
      }
      await cancel(context, first, 'of the first');
      await cancel(context, second, 'of the second');
    },
    60_000,
  );

  test.skipIf(skip)(
    'one-way calls that retention removed before anybody read them are told, and those that follow are carried out',
    async () => {
      await using context = createCaseContext(brokers);
      const { service, log } = context;
      const { topic, partitions } = service.topics.oneWay;
      const { emitter, handler } = await start(context);
      const keyed = { key: 'always the same partition' };
      await emitter.calls.noted('read', keyed);
      await log.until('read');
      await handler.close();
      await emitter.calls.noted('removed', keyed);
      await withAdmin(context, async (admin) => {
        // Without it kafkajs does not know the leaders.
        await admin.fetchTopicOffsets(topic);
        const all = Array.from({ length: partitions }, (_, partition) => ({ partition, offset: '-1' }));
        await admin.deleteTopicRecords({ topic, partitions: all });
      });
      const errors = createCollector<object>();
      const error = (fields: object, message: string): void => errors.add({ ...fields, message });
      await context.serve({ logger: { debug() {}, info() {}, warn() {}, error } });
      await emitter.calls.noted('after', keyed);
      await log.until('after');
      expect(log.all()).toEqual(['read', 'after']);
      const message = 'records are gone that were not yet read';
      expect(errors.items).toMatchObject([{ message, topic, lostOffset: 1, resumedAt: 2 }]);
    },
    60_000,
  );
});
