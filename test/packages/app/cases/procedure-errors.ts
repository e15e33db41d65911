import assert from 'node:assert/strict';
import { safe, TRPCClientError } from '@trpc/client';
import { initTRPC, TRPCError } from '@trpc/server';
import { createTestPair } from '@trpc-kafka/testing';
import { withAirline } from '../airline.js';
import type { AppCase } from '../app-case.js';

const t = initTRPC.create();
const router = t.router({
  seat: t.procedure
    .errors(({ shape }) => ({ ...shape, data: { ...shape.data, seat: '12A' } }))
    .query(() => {
      throw new TRPCError({ code: 'CONFLICT' });
    }),
});

/** Formatters of single procedures, found only through the application's own copy of `@trpc/server`; and `safe()`. */
export const cases: readonly AppCase[] = [
  {
    name: 'the shape made by .errors() arrives',
    run: async () => {
      const pair = await createTestPair({ router });
      try {
        const error: unknown = await pair.client.seat.query().then(
          () => undefined,
          (reason: unknown) => reason,
        );
        assert.ok(error instanceof TRPCClientError);
        assert.deepEqual([error.data.code, error.data.seat], ['CONFLICT', '12A']);
      } finally {
        await pair.close();
      }
    },
  },
  {
    name: 'safe() has results and errors',
    run: () =>
      withAirline(async ({ client }) => {
        const [flight] = await safe(client.byNumber.query('LH400'));
        const [, error] = await safe(client.byNumber.query('XX1'));
        assert.deepEqual([flight?.from, error?.data?.code], ['FRA', 'NOT_FOUND']);
      }),
  },
];
