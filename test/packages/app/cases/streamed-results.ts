import assert from 'node:assert/strict';
import { once } from 'node:events';
import { TRPCClientError } from '@trpc/client';
import { withAirline } from '../airline.js';
import type { AppCase } from '../app-case.js';
import { audits } from '../flights-router.js';

/** Queries whose results come bit by bit, by helpers of tRPC that are in no stable interface. */
export const cases: readonly AppCase[] = [
  {
    name: 'promises and an iterable of a result arrive, and what failed fails alone',
    run: () =>
      withAirline(async ({ client }) => {
        const { from, cheapest, soldOut, offers } = await client.compare.query('FRA');
        const { price, carrier } = await cheapest;
        assert.deepEqual([from, price, await carrier], ['FRA', 498, 'LH']);
        const iterator = offers[Symbol.asyncIterator]();
        assert.deepEqual(await iterator.next(), { done: false, value: 512 });
        assert.deepEqual(await iterator.next(), { done: false, value: 498 });
        assert.deepEqual(await iterator.next(), { done: true, value: 'all of them' });
        const error: unknown = await soldOut.catch((reason: unknown) => reason);
        assert.ok(error instanceof TRPCClientError);
        assert.deepEqual(
          [error.message, error.data.code, error.data.ofUser],
          ['sold out', 'CONFLICT', 'none'],
        );
      }),
  },
  {
    name: 'parts of a result that nobody reads end no process',
    run: () =>
      withAirline(async ({ client }) => {
        assert.equal((await client.compare.query('MUC')).from, 'MUC');
        assert.equal((await client.byNumber.query('LH400')).from, 'FRA');
      }),
  },
  {
    name: 'an iterable without an end, beyond its first window, ends when it is left',
    run: () =>
      withAirline(async ({ client }) => {
        const left = once(audits, 'left');
        let read = 0;
        for await (const n of await client.counted.query()) {
          assert.equal(n, read++);
          if (read === 200) break;
        }
        await left;
      }),
  },
];
