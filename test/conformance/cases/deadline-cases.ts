/** What time does to calls. */
import { TRPCClientError } from '@trpc/client';
import { isKafkaTransportError, type KafkaTransportError } from '@trpc-kafka/core';
import { kafkaContext } from '@trpc-kafka/link';
import { expect } from 'vitest';
import type { ConformanceCase } from '../conformance-case.ts';

async function transportError(call: Promise<unknown>): Promise<KafkaTransportError> {
  const error: unknown = await call.then(
    (value) => new Error(`answered with ${JSON.stringify(value)}`),
    (cause: unknown) => cause,
  );
  const cause = error instanceof TRPCClientError ? error.cause : error;
  if (!isKafkaTransportError(cause)) throw error;
  return cause;
}

export const deadlineCases: readonly ConformanceCase[] = [
  {
    name: 'without a server the timeout says where the call went, where replies are read, and that no server was seen',
    async run({ connect, service }) {
      const { client, kafkaClient } = connect();
      await kafkaClient.ready();
      const error = await transportError(
        client.calls.echo.query(1, { context: kafkaContext({ timeoutMs: 700 }) }),
      );
      expect(error.code).toBe('TIMEOUT');
      expect(error.message).toContain('no reply to query calls.echo within 700 ms');
      expect(error.message).toMatch(new RegExp(`sent to ${service.topics.requests.topic}\\[\\d\\] offset 0`));
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
    async run({ serve, connect, log }) {
      const { client, kafkaClient } = connect();
      await kafkaClient.ready();
      const context = kafkaContext({ timeoutMs: 300, key: 'one partition' });
      const error = await transportError(client.calls.noted.mutate('too late', { context }));
      expect(error.code).toBe('TIMEOUT');
      const handler = await serve();
      await client.calls.echo.query('behind', { context: kafkaContext({ key: 'one partition' }) });
      expect(log.count('too late')).toBe(0);
      expect(handler.counters().expired).toBe(1);
    },
  },
  {
    name: 'the deadline of a subscription ends with its start',
    async run({ start, log }) {
      const { client } = await start();
      const items: string[] = [];
      const failed: Error[] = [];
      const subscription = client.streams.idle.subscribe(undefined, {
        context: kafkaContext({ timeoutMs: 400 }),
        onData: (item) => {
          items.push(item);
          log.note('item');
        },
        onError: (error) => failed.push(error),
      });
      await log.until('item');
      // Longer than its deadline: a call with the same one runs out in the meantime.
      await transportError(client.calls.hang.query('timer', { context: kafkaContext({ timeoutMs: 600 }) }));
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
