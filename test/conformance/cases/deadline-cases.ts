/** What time does to calls. */
import { setTimeout as delay } from 'node:timers/promises';
import { TRPCClientError } from '@trpc/client';
import { isKafkaTransportError, type KafkaTransportError, type RecordPosition } from '@trpc-kafka/core';
import { kafkaContext } from '@trpc-kafka/link';
import { expect } from 'vitest';
import type { ConformanceCase } from '../conformance-case.ts';
import { readRecordAt } from '../record-reader.ts';

async function transportError(call: Promise<unknown>): Promise<KafkaTransportError> {
  const error: unknown = await call.then(
    (value) => new Error(`answered with ${JSON.stringify(value)}`),
    (cause: unknown) => cause,
  );
  const cause = error instanceof TRPCClientError ? error.cause : error;
  if (!isKafkaTransportError(cause)) throw error;
  return cause;
}

/** Makes a call that times out until one does so after the brokers took its record: on a busy machine that may last. */
async function timedOutAfterSending(call: () => Promise<unknown>): Promise<TimedOut> {
  for (let attempts = 1; ; attempts++) {
    const error = await transportError(call());
    expect(error.code).toBe('TIMEOUT');
    const sent = /sent to (\S+)\[(\d+)\] offset (\d+)/.exec(error.message);
    if (sent !== null)
      return {
        error,
        attempts,
        record: { topic: String(sent[1]), partition: Number(sent[2]), offset: Number(sent[3]) },
      };
  }
}

interface TimedOut {
  readonly error: KafkaTransportError;
  readonly attempts: number;
  readonly record: RecordPosition;
}

export const deadlineCases: readonly ConformanceCase[] = [
  {
    name: 'without a server the timeout says where the call went, where replies are read, and that no server was seen',
    async run({ connect, service }) {
      const { client, kafkaClient } = connect();
      await kafkaClient.ready();
      const { error, record } = await timedOutAfterSending(() =>
        client.calls.echo.query(1, { context: kafkaContext({ timeoutMs: 700 }) }),
      );
      expect(error.message).toContain('no reply to query calls.echo within 700 ms');
      expect(record.topic).toBe(service.topics.requests.topic);
      expect(error.message).toMatch(new RegExp(`replies are read from ${service.name}.replies\\[\\d\\]`));
      expect(error.message).toContain(
        `No server of this service has answered this client yet. Is a handler started, in group "${service.groupId}"`,
      );
    },
  },
  {
    name: 'at the deadline the signal of the resolver aborts, and the caller gets its timeout',
    async run({ start, log }) {
      const { client } = await start();
      await client.calls.echo.query('the server is there');
      const error = await transportError(
        client.calls.hang.query('late', { context: kafkaContext({ timeoutMs: 500 }) }),
      );
      expect(error.code).toBe('TIMEOUT');
      expect(error.message).toContain('A server last answered this client');
      await log.until('aborted late');
    },
  },
  {
    name: 'a call that reaches the server after its deadline is not run',
    async run({ serve, connect, log, createKafka }) {
      const { client, kafkaClient } = connect();
      await kafkaClient.ready();
      const context = kafkaContext({ timeoutMs: 300, key: 'one partition' });
      const { record, attempts } = await timedOutAfterSending(() =>
        client.calls.noted.mutate('too late', { context }),
      );
      // The server counts from the time of the append, which comes after the call was made.
      const { timestamp } = await readRecordAt(createKafka(), record);
      await delay(Math.max(0, Number(timestamp) + 301 - Date.now()));
      const handler = await serve();
      await client.calls.echo.query('behind', { context: kafkaContext({ key: 'one partition' }) });
      expect(log.count('too late')).toBe(0);
      expect(handler.counters().expired).toBe(attempts);
    },
  },
  {
    name: 'the deadline of a subscription ends with its start',
    async run({ start, log }) {
      const { client } = await start();
      const items: string[] = [];
      const failed: Error[] = [];
      const subscription = client.streams.idle.subscribe(undefined, {
        context: kafkaContext({ timeoutMs: 2000 }),
        onData: (item) => {
          items.push(item);
          log.note('item');
        },
        onError: (error) => failed.push(error),
      });
      await log.until('item');
      // Longer than its deadline: a call with the same one runs out in the meantime.
      await transportError(client.calls.hang.query('timer', { context: kafkaContext({ timeoutMs: 2500 }) }));
      expect([items, failed, log.count('finally')]).toEqual([['first'], [], 0]);
      subscription.unsubscribe();
      await log.until('finally');
    },
  },
  {
    name: 'a subscription that no server starts fails at its deadline',
    async run({ connect }) {
      const { client } = connect();
      const call = new Promise((_resolve, reject) => {
        client.streams.idle.subscribe(undefined, {
          context: kafkaContext({ timeoutMs: 700 }),
          onError: reject,
        });
      });
      expect((await transportError(call)).message).toContain(
        'no reply to subscription streams.idle within 700 ms',
      );
    },
  },
];
