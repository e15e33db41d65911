import assert from 'node:assert/strict';
import { isTrackedEnvelope, tracked } from '@trpc/server';
import { type Airline, withAirline } from '../airline.js';
import type { AppCase } from '../app-case.js';

/** All that a subscription delivers until it completes. */
function delaysOf({ client }: Airline, lastEventId?: string): Promise<unknown[]> {
  const input = lastEventId === undefined ? {} : { lastEventId };
  return new Promise((resolve, reject) => {
    const events: unknown[] = [];
    client.delays.subscribe(input, {
      onData: (event) => void events.push(event),
      onError: reject,
      onComplete: () => resolve(events),
    });
  });
}

/** Subscriptions: what a second copy of `@trpc/server` would break first. */
export const cases: readonly AppCase[] = [
  {
    name: 'tracked events arrive as tracked',
    run: () =>
      withAirline(async (airline) => {
        assert.deepEqual(await delaysOf(airline), [
          { id: '1', data: { minutes: 10 } },
          { id: '2', data: { minutes: 20 } },
          { id: '3', data: { minutes: 30 } },
        ]);
        // What broke it would be this: a mark of one copy that the other does not know.
        assert.ok(isTrackedEnvelope(tracked('1', 'x')));
      }),
  },
  {
    name: 'a subscription goes on after the last event',
    run: () =>
      withAirline(async (airline) => {
        assert.deepEqual(await delaysOf(airline, '2'), [{ id: '3', data: { minutes: 30 } }]);
      }),
  },
  {
    name: 'a subscription without an end, beyond its first window, ends when it is unsubscribed',
    run: () =>
      withAirline(async ({ client }) => {
        const ticks: number[] = [];
        await new Promise<void>((resolve, reject) => {
          const subscription = client.ticks.subscribe(undefined, {
            onData: (tick) => {
              ticks.push(tick);
              if (ticks.length === 200) subscription.unsubscribe();
            },
            onError: reject,
            onComplete: resolve,
          });
        });
        assert.deepEqual(ticks, [...Array(200).keys()]);
      }),
  },
];
