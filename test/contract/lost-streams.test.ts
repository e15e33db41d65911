/** Items 29 to 31, 38 and 67 of the contract: streams whose server goes away, and those of clients that do. */
import { setTimeout as delay } from 'node:timers/promises';
import { initTRPC, tracked } from '@trpc/server';
import { kafkaContext } from '@trpc-kafka/link';
import { expect } from 'vitest';
import { z } from 'zod';
import type { CaseContext } from '../conformance/case-context.ts';
import { connectRouter, serveRouter } from '../conformance/own-router.ts';
import { createCollector } from '../support/collector.ts';
import { createArenaTest, writeRequest } from './support/arena-test.ts';
import { createCaseTest } from './support/case-test.ts';
import { operation, runLink } from './support/link-probe.ts';
import { startRawServer } from './support/raw-server.ts';

const test = await createCaseTest();
const testArena = await createArenaTest();
const t = initTRPC.create();

test('[29] the last event id goes with every call that opens the stream anew, over any number of losses', async (context) => {
  const { kafkaClient } = context.connect();
  await kafkaClient.ready();
  const server = await startRawServer(context);
  const probe = runLink(kafkaClient, operation({ type: 'subscription', path: 'streams.idle' })).subscribe();
  const asked: unknown[] = [];
  for (let loss = 0; loss < 3; loss++) {
    const request = (await server.requests.count(loss + 1))[loss]!;
    asked.push(request.params.lastEventId);
    const { id } = request;
    const event = {
      id,
      result: { type: 'data', id: 'e1', data: { json: { id: 'e1', data: 1 } } },
      kafka: { seq: 1, sentBytes: 0 },
    };
    await server.reply(request, [
      { id, result: { type: 'started' }, kafka: { seq: 0 } },
      ...(loss === 0 ? [event] : []),
      { id, kafka: { kind: 'lost', seq: loss === 0 ? 2 : 1, reason: 'closing' } },
    ]);
  }
  expect(asked).toEqual([undefined, 'e1', 'e1']);
  probe.subscription.unsubscribe();
});

/** Endless numbers, as tracked events: whichever instance runs it, the next one is known. */
const router = t.router({
  ticks: t.procedure.input(z.object({ lastEventId: z.string().optional() })).subscription(async function* ({
    input,
    signal,
  }) {
    for (let n = Number(input.lastEventId ?? 0) + 1; ; n++) {
      yield tracked(String(n), n);
      await delay(5, undefined, { signal });
    }
  }),
  untracked: t.procedure.subscription(async function* ({ signal }) {
    yield 'first';
    await delay(2 ** 30, undefined, { signal });
  }),
});

async function startTicks(context: CaseContext) {
  const first = await serveRouter(context, { router });
  const { client, kafkaClient } = connectRouter<typeof router>(context);
  await kafkaClient.ready();
  const told = createCollector<unknown>();
  client.ticks.subscribe(
    {},
    {
      onConnectionStateChange: ({ state }) => told.add(state),
      onStarted: () => told.add('started'),
      onData: ({ data }) => told.add(data),
      onError: (error) => told.add(error),
      onComplete: () => told.add('complete'),
    },
  );
  const numbers = () => told.items.filter((one) => typeof one === 'number');
  return {
    first,
    told,
    numbers,
    until: (count: number) => told.until(() => numbers().length >= count, `${count} numbers`),
  };
}

const inOrder = (numbers: readonly unknown[]): unknown[] => numbers.map((_, n) => n + 1);

test('[30] tracked events over a restart of their server: no gap, no repeat', async (context) => {
  const { first, told, numbers, until } = await startTicks(context);
  await until(10);
  await first.close({ graceMs: 0 });
  await serveRouter(context, { router });
  await until(numbers().length + 10);
  expect(numbers()).toEqual(inOrder(numbers()));
  expect(told.items.filter((one) => typeof one === 'string')).toEqual([
    'pending',
    'started',
    'connecting',
    'pending',
    'started',
  ]);
});

test('[38] a server that closes hands its streams over: no gap, no repeat, and nothing that a subscriber could see', async (context) => {
  const { first, told, numbers, until } = await startTicks(context);
  await until(10);
  await serveRouter(context, { router });
  await first.close({ graceMs: 60_000 });
  await until(numbers().length + 10);
  expect(numbers()).toEqual(inOrder(numbers()));
  expect(told.items.filter((one) => typeof one === 'string')).toEqual(['pending', 'started']);
});

test('[31] untracked items begin anew over a restart, or are an error where the caller said so', async (context) => {
  const first = await serveRouter(context, { router });
  const { client } = connectRouter<typeof router>(context);
  const told = createCollector<unknown>();
  for (const onLost of ['restart', 'error'] as const) {
    client.untracked.subscribe(undefined, {
      context: kafkaContext({ onLost }),
      onData: (item) => told.add(`${onLost} ${item}`),
      onError: ({ cause }) => told.add(cause),
    });
  }
  await told.count(2);
  await first.close({ graceMs: 0 });
  await serveRouter(context, { router });
  const all = await told.count(4);
  expect(all.slice(0, 2).map(String).sort()).toEqual(['error first', 'restart first']);
  expect(all.slice(2)).toEqual([expect.objectContaining({ code: 'STREAM_LOST' }), 'restart first']);
});

testArena('[67] a client that is not heard of loses its streams, whose finally runs', async (open) => {
  const ended = createCollector<string>();
  const arena = await open({
    router: t.router({
      idle: t.procedure.subscription(async function* ({ signal }) {
        try {
          yield 'first';
          await delay(2 ** 30, undefined, { signal });
        } finally {
          ended.add('finally');
        }
      }),
    }),
  });
  const kafka = { leaseMs: 1000 };
  await writeRequest(arena, { id: 1, method: 'subscription', params: { path: 'idle' }, kafka });
  await ended.count(1);
  const replies = await arena.stranger.replies.until(
    (all) => all.some(({ kind }) => kind === 'lost'),
    'the end of the stream',
  );
  expect(replies.filter(({ id }) => id === 1)).toMatchObject([
    { kind: 'started', features: expect.arrayContaining(['lease']) },
    { kind: 'data', data: 'first' },
    { kind: 'lost', seq: 2, reason: 'lease' },
  ]);
  expect(arena.handler.counters().clientsLost).toBe(1);
});
