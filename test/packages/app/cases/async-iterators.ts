import assert from 'node:assert/strict';
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
];
