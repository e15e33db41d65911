/** Items 24 to 28 of the contract: how subscriptions run and end. */
import { createTRPCClient, retryLink } from '@trpc/client';
import { initTRPC, TRPCError, tracked } from '@trpc/server';
import { observable } from '@trpc/server/observable';
import { kafkaLink } from '@trpc-kafka/link';
import { expect } from 'vitest';
import { z } from 'zod';
import { connectRouter, serveRouter } from '../conformance/own-router.ts';
import { createCaseTest } from './support/case-test.ts';
import { operation, runLink } from './support/link-probe.ts';

const test = await createCaseTest();
const t = initTRPC.create();

interface Callbacks {
  onStarted(): void;
  onData(item: unknown): void;
  onStopped(): void;
  onComplete(): void;
  onError(error: { readonly message: string }): void;
}

/** Notes what a subscription's callbacks are told, until its end. */
async function tellAll(subscribe: (callbacks: Callbacks) => unknown): Promise<unknown[]> {
  const told: unknown[] = [];
  await new Promise<void>((resolve) => {
    subscribe({
      onStarted: () => told.push('started'),
      onData: (item) => told.push(item),
      onStopped: () => told.push('stopped'),
      onComplete() {
        told.push('complete');
        resolve();
      },
      onError(error) {
        told.push(`error: ${error.message}`);
        resolve();
      },
    });
  });
  return told;
}

test('[24] started once, the items, stopped, complete', async ({ start }) => {
  const { client } = await start();
  const told = await tellAll((callbacks) => client.streams.count.subscribe(3, callbacks));
  expect(told).toEqual(['started', 0, 1, 2, 'stopped', 'complete']);
});

test('[25] unsubscribe() stops the generator and calls onComplete', async ({ start, log }) => {
  const { client } = await start();
  const told: string[] = [];
  const subscription = client.streams.idle.subscribe(undefined, {
    onData: () => log.note('item'),
    onStopped: () => told.push('stopped'),
    onComplete: () => told.push('complete'),
  });
  await log.until('item');
  subscription.unsubscribe();
  expect(told).toEqual(['complete']);
  await log.until('finally');
  expect(told).toEqual(['complete']);
});

test('[26] an error ends a subscription with onError and nothing else', async ({ start }) => {
  const { client } = await start();
  const told = await tellAll((callbacks) => client.streams.failAfter.subscribe(1, callbacks));
  const refused = await tellAll((callbacks) => client.streams.refused.subscribe(undefined, callbacks));
  // An answer that came behind what the subscriptions could still have been told.
  await client.calls.echo.query('later');
  expect([told, refused]).toEqual([['started', 0, 'error: half-way'], ['error: not for you']]);
});

test('[27] the end of a generator and of an observable is stopped, then complete', async (context) => {
  const router = t.router({
    generator: t.procedure.subscription(async function* () {
      yield 'item';
    }),
    observable: t.procedure.subscription(() =>
      observable<string>((observer) => {
        observer.next('item');
        observer.complete();
      }),
    ),
  });
  await serveRouter<typeof router>(context, { router });
  const { client } = connectRouter<typeof router>(context);
  for (const procedure of [client.generator, client.observable]) {
    const told = await tellAll((callbacks) => procedure.subscribe(undefined, callbacks));
    expect(told).toEqual(['started', 'item', 'stopped', 'complete']);
  }
});

test('[28] a tracked result has its id beside its data', async ({ start }) => {
  const { kafkaClient } = await start();
  const op = operation({ type: 'subscription', path: 'streams.tracked' });
  const told = await runLink(kafkaClient, op).subscribe().ended();
  const results = told.flatMap((one) => (one !== 'complete' && 'next' in one ? [one.next.result] : []));
  const expected = ['1', '2', '3'].map((id) => ({
    type: 'data',
    id,
    data: { id, data: { n: Number(id) } },
  }));
  expect(results.filter((result) => (result as { type: string }).type === 'data')).toEqual(expected);
});

test('[28] retryLink goes on after the last tracked event', async (context) => {
  const router = t.router({
    numbers: t.procedure
      .input(z.object({ lastEventId: z.string().optional() }).optional())
      .subscription(async function* ({ input }) {
        const from = Number(input?.lastEventId ?? 0);
        for (let n = from + 1; n <= from + 2; n++) yield tracked(String(n), n);
        if (from < 4) throw new TRPCError({ code: 'CONFLICT', message: 'half-way' });
      }),
  });
  await serveRouter<typeof router>(context, { router });
  const { kafkaClient } = connectRouter<typeof router>(context);
  const client = createTRPCClient<typeof router>({
    links: [retryLink({ retry: ({ attempts }) => attempts < 5 }), kafkaLink({ client: kafkaClient })],
  });
  const told = await tellAll((callbacks) => client.numbers.subscribe(undefined, callbacks));
  const seen = told.map((one) => (typeof one === 'object' ? (one as { id: string }).id : one));
  expect(seen).toEqual('started 1 2 started 3 4 started 5 6 stopped complete'.split(' '));
});
