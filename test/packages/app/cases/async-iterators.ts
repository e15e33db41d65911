import assert from 'node:assert/strict';
import { safe } from '@trpc/client';
import { withAirline } from '../airline.js';
import type { AppCase } from '../app-case.js';

/** What newer clients offer around a link. */
export const cases: readonly AppCase[] = [
  {
    name: 'a subscription without callbacks is an async iterator',
    run: () =>
      withAirline(async ({ client }) => {
        const ticks: number[] = [];
        for await (const tick of client.ticks.subscribe()) {
          ticks.push(tick);
          if (ticks.length === 3) break;
        }
        assert.deepEqual(ticks, [0, 1, 2]);
      }),
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
