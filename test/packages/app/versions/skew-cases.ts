/** What a client of one version may rely on when a server has another. */
import assert from 'node:assert/strict';
import { TRPCClientError } from '@trpc/client';
import { isKafkaTransportError } from '@trpc-kafka/core';
import { kafkaContext } from '@trpc-kafka/link';
import type { AppCase } from '../app-case.js';
import type { SkewClient } from './skew-client.js';

/** Longer than any version waits before it gives up on a side that it does not hear of. */
const quietMs = 25_000;

/** All cases, on one client. */
export function createSkewCases(client: SkewClient): readonly AppCase[] {
  return [...callCases(client), ...streamCases(client), ...oneWayCases(client)];
}

async function failureOf(call: Promise<unknown>): Promise<InstanceType<typeof TRPCClientError>> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof TRPCClientError, `${String(error)} is a TRPCClientError`);
  return error;
}

function callCases({ trpc }: SkewClient): AppCase[] {
  return [
    {
      name: 'values of all kinds and sizes come back as they went',
      run: async () => {
        const values = [undefined, null, 0, '', 'Köln ✈', [], { a: [{ b: null }] }, 'x'.repeat(400_000)];
        for (const value of values) assert.deepEqual(await trpc.echo.query(value), value);
      },
    },
    {
      name: 'headers, connectionParams and an idempotencyKey reach the context',
      run: async () => {
        const { headers, token, idempotencyKey } = await trpc.context.query(undefined, {
          context: kafkaContext({ headers: { trace: 't1' }, idempotencyKey: 'booking-1' }),
        });
        assert.deepEqual([headers['user'], headers['trace']], ['ada', 't1']);
        assert.deepEqual([token, idempotencyKey], ['secret', 'booking-1']);
      },
    },
    {
      name: 'errors have their code, message and shape',
      run: async () => {
        const { message, data } = await failureOf(trpc.fail.mutate());
        assert.deepEqual([message, data.code, data.path], ['seat 12A is taken', 'CONFLICT', 'fail']);
      },
    },
    {
      name: 'a path that the server does not have is NOT_FOUND',
      run: async () => {
        const untyped = trpc as unknown as { nowhere: { query(): Promise<unknown> } };
        assert.equal((await failureOf(untyped.nowhere.query())).data.code, 'NOT_FOUND');
      },
    },
    {
      name: 'a deadline that passes is a TIMEOUT, and aborts the procedure',
      run: async () => {
        const { cause } = await failureOf(
          trpc.hang.query('too long', { context: kafkaContext({ timeoutMs: 3000 }) }),
        );
        assert.ok(isKafkaTransportError(cause) && cause.code === 'TIMEOUT');
        await trpc.until.query('aborted too long');
      },
    },
    {
      name: 'a call that is aborted is aborted at the server',
      run: async () => {
        const controller = new AbortController();
        const call = failureOf(trpc.hang.query('in vain', { signal: controller.signal }));
        await trpc.until.query('hanging in vain');
        controller.abort();
        assert.match((await call).message, /aborted/);
        await trpc.until.query('aborted in vain');
      },
    },
    {
      name: 'many calls at a time each get their own answer',
      run: async () => {
        const inputs = [...Array(500).keys()];
        assert.deepEqual(await Promise.all(inputs.map((n) => trpc.echo.query(n))), inputs);
      },
    },
  ];
}

function streamCases({ trpc }: SkewClient): AppCase[] {
  return [
    {
      name: 'a subscription that needs credit again and again has all items in order',
      run: async () => {
        const numbers: number[] = [];
        await new Promise<void>((onComplete, onError) => {
          trpc.count.subscribe(1000, { onData: ({ n }) => void numbers.push(n), onComplete, onError });
        });
        assert.deepEqual(
          numbers,
          Array.from({ length: 1000 }, (_, n) => n + 1),
        );
      },
    },
    {
      name: 'tracked events have their ids, and are resumed after the last one',
      run: async () => {
        const events: string[] = [];
        await new Promise<void>((onComplete, onError) => {
          const onData = ({ id, data }: { id: string; data: number }) => void events.push(`${id}:${data}`);
          trpc.events.subscribe({ lastEventId: '2' }, { onData, onComplete, onError });
        });
        assert.deepEqual(events, ['3:3', '4:4', '5:5']);
      },
    },
    {
      name: 'a subscription that is unsubscribed ends at the server',
      run: async () => {
        await new Promise<void>((onComplete, onError) => {
          const subscription = trpc.endless.subscribe('stream', {
            onData: (n) => {
              if (n === 200) subscription.unsubscribe();
            },
            onComplete,
            onError,
          });
        });
        await trpc.until.query('ended stream');
      },
    },
    {
      name: 'a subscription goes on in which nothing is said for long',
      run: async () => {
        const items: string[] = [];
        await new Promise<void>((onComplete, onError) => {
          trpc.quiet.subscribe(quietMs, { onData: (text) => void items.push(text), onComplete, onError });
        });
        assert.deepEqual(items, ['before', 'after']);
      },
    },
  ];
}

function oneWayCases({ trpc, emitter }: SkewClient): AppCase[] {
  return [
    {
      name: 'one-way calls are carried out',
      run: async () => {
        await emitter.note('one', { key: 'a key' });
        await emitter.note('two');
        await Promise.all([trpc.until.query('noted one'), trpc.until.query('noted two')]);
      },
    },
  ];
}
