import { initTRPC } from '@trpc/server';
import {
  type GroupConsumer,
  type InboxConsumer,
  isKafkaTransportError,
  type KafkaDriver,
  type KafkaMeta,
  KafkaTransportError,
} from '@trpc-kafka/core';
import { describe, expect, test } from 'vitest';
import { applyKafkaHandler } from './kafka-handler.js';

const router = initTRPC.create().router({});
const forever = new Promise<never>(() => {});

interface Behaviour {
  /** What brokers answer when they are asked for topics. */
  readonly describe?: () => Promise<Awaited<ReturnType<KafkaDriver['describeTopics']>>>;
  readonly groupReady?: () => Promise<void>;
}

/** A driver whose brokers behave as the test says, and the log of what was asked of it. */
function createFakeDriver({ describe: answer, groupReady = () => Promise.resolve() }: Behaviour) {
  const log: string[] = [];
  const driver = {
    maxBatchesInFlight: 1,
    on: () => () => {},
    connect: () => Promise.resolve(),
    describeTopics: (names: readonly string[]) =>
      answer?.() ??
      Promise.resolve(new Map(names.map((topic) => [topic, { topic, partitions: 1, config: {} }]))),
    openGroup({ groupId }: { groupId: string }): GroupConsumer {
      log.push(`open ${groupId}`);
      return {
        ready: groupReady(),
        assignment: () => [],
        pause() {},
        resume() {},
        commit: () => Promise.resolve(true),
        leave: async () => void log.push(`leave ${groupId}`),
      };
    },
    openInbox: (): InboxConsumer => ({
      ready: Promise.resolve(0),
      position: () => 0,
      isCaughtUp: () => true,
      close: async () => void log.push('close inbox'),
    }),
  } as unknown as KafkaDriver;
  return { driver, log };
}

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'resolved',
    (error: unknown) => (isKafkaTransportError(error) ? error.code : error),
  );

describe('applyKafkaHandler', () => {
  test('leaves its groups and closes its inbox, once, however often it is closed', async () => {
    const { driver, log } = createFakeDriver({});
    const handler = applyKafkaHandler({ kafka: driver, service: 'flights', router });
    await handler.ready();
    await Promise.all([handler.close(), handler.close()]);
    expect(log).toEqual([
      'open flights',
      'open flights.one-way',
      'leave flights',
      'leave flights.one-way',
      'close inbox',
    ]);
  });

  test('tells who waits for ready that it was closed, also while brokers do not answer', async () => {
    const { driver, log } = createFakeDriver({ describe: () => forever });
    const handler = applyKafkaHandler({ kafka: driver, service: 'flights', router });
    const ready = codeOf(handler.ready());
    await handler.close();
    expect([await ready, log]).toEqual(['CLIENT_CLOSED', []]);
  });

  test('closes, and tells so, while a group never becomes ready', async () => {
    const { driver, log } = createFakeDriver({ groupReady: () => forever });
    const handler = applyKafkaHandler({ kafka: driver, service: 'flights', router });
    const ready = codeOf(handler.ready());
    await new Promise((resolve) => setImmediate(resolve));
    await handler.close({ graceMs: 0 });
    expect([await ready, log.slice(2)]).toEqual([
      'CLIENT_CLOSED',
      ['leave flights', 'leave flights.one-way', 'close inbox'],
    ]);
  });

  test('does not wait for its next attempt to start when it is closed', async () => {
    const { driver } = createFakeDriver({
      describe: () =>
        Promise.reject(
          new KafkaTransportError({ code: 'BROKERS_UNREACHABLE', message: 'none', retryable: true }),
        ),
    });
    const handler = applyKafkaHandler({ kafka: driver, service: 'flights', router });
    const ready = codeOf(handler.ready());
    await new Promise((resolve) => setImmediate(resolve));
    await handler.close();
    expect(await ready).toBe('CLIENT_CLOSED');
  });

  test('rejects ready with what trying again cannot cure, and closes what it had opened', async () => {
    const { driver, log } = createFakeDriver({
      groupReady: () =>
        Promise.reject(new KafkaTransportError({ code: 'AUTHORIZATION_FAILED', message: 'no right' })),
    });
    const handler = applyKafkaHandler({ kafka: driver, service: 'flights', router });
    expect(await codeOf(handler.ready())).toBe('AUTHORIZATION_FAILED');
    await handler.close();
    expect(log.slice(2)).toEqual(['leave flights', 'leave flights.one-way', 'close inbox']);
  });

  test.each([
    [{ maxConcurrentCalls: 0 }, 'maxConcurrentCalls is 0'],
    [{ maxMessageBytes: Number.NaN }, 'maxMessageBytes is NaN'],
    [{ clockSkewMs: -1 }, 'clockSkewMs is -1'],
    [{ oneWay: { attempts: 0 } }, 'oneWay.attempts is 0'],
    [{ oneWay: { maxDelayMs: Number.POSITIVE_INFINITY } }, 'oneWay.maxDelayMs is Infinity'],
  ])('refuses %o', (settings, message) => {
    const { driver } = createFakeDriver({});
    expect(() => applyKafkaHandler({ kafka: driver, service: 'flights', router, ...settings })).toThrow(
      message,
    );
  });

  test('refuses a procedure whose options make no sense, by its name', () => {
    const { driver } = createFakeDriver({});
    const t = initTRPC.meta<KafkaMeta>().create();
    const audit = t.procedure.meta({ kafka: { retry: { attempts: 0 } } }).mutation(() => {});
    expect(() =>
      applyKafkaHandler({ kafka: driver, service: 'flights', router: t.router({ audit }) }),
    ).toThrow('retry in meta.kafka of the procedure audit: attempts is 0');
  });
});
