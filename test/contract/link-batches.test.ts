/** Items 55 and 56 of the contract over kafkaBatchLink: what tRPC users know of httpBatchLink. */
import { TRPCClientError } from '@trpc/client';
import type { CreateKafkaContextOptions } from '@trpc-kafka/adapter';
import { expect } from 'vitest';
import { createCaseTest } from './support/case-test.ts';

const test = await createCaseTest();

async function codeOf(call: Promise<unknown>): Promise<unknown> {
  const outcome = await call.catch((error: unknown) => error);
  return outcome instanceof TRPCClientError ? [outcome.message, outcome.data.code] : outcome;
}

test('[55] calls of one turn have their place in the batch, a call alone has 0', async ({ start }) => {
  const places: unknown[] = [];
  const createContext = ({ info: { isBatchCall, calls } }: CreateKafkaContextOptions): void =>
    void places.push([calls[0]!.path, calls[0]!.batchIndex, isBatchCall]);
  const { client } = await start({ serve: { createContext }, connect: { batch: {} } });
  await Promise.all([
    client.calls.change.mutate('a'),
    client.calls.echo.query('b'),
    client.calls.change.mutate('c'),
  ]);
  await client.calls.echo.query('alone');
  expect(places).toEqual([
    ['calls.change', 0, true],
    ['calls.echo', 1, true],
    ['calls.change', 2, true],
    ['calls.echo', 0, false],
  ]);
});

test('[56] where batching is off each call of a batch gets BAD_REQUEST, and single calls pass', async ({
  start,
}) => {
  const { client } = await start({ serve: { allowBatching: false }, connect: { batch: {} } });
  const off = ['Batching is not enabled on the server', 'BAD_REQUEST'];
  const both = [client.calls.echo.query(1), client.calls.change.mutate(2)];
  expect(await Promise.all(both.map(codeOf))).toEqual([off, off]);
  expect(await client.calls.echo.query(3)).toBe(3);
});

test('[56] a batch above maxBatchSize is refused, and maxItems keeps batches below it', async ({
  serve,
  connect,
  log,
}) => {
  await serve({ maxBatchSize: 2 });
  const names = ['a', 'b', 'c'];
  const call = (maxItems: number) => {
    const { client } = connect({ batch: { maxItems } });
    return Promise.all(names.map((name) => codeOf(client.calls.noted.mutate(name))));
  };
  const over = ['Batch call exceeds maximum size', 'BAD_REQUEST'];
  expect(await call(3)).toEqual([over, over, over]);
  expect(log.all()).toEqual([]);
  expect(await call(2)).toEqual([undefined, undefined, undefined]);
  expect(log.all().toSorted()).toEqual(names);
});
