/** Items 55 and 56 of the contract: records that hold several calls, written by hand. */
import { initTRPC } from '@trpc/server';
import type { CreateKafkaContextOptions } from '@trpc-kafka/adapter';
import { Kafka, logLevel } from 'kafkajs';
import { expect } from 'vitest';
import { createCollector } from '../support/collector.ts';
import { createArenaTest, writeRequest } from './support/arena-test.ts';

const test = await createArenaTest();
const inputs = createCollector<unknown>();
const t = initTRPC.create({
  transformer: {
    input: {
      serialize: (value) => value,
      deserialize(value) {
        inputs.add(value);
        return value;
      },
    },
    output: { serialize: (value) => value, deserialize: (value) => value },
  },
});
const passing = t.procedure.input((input) => input);
const router = t.router({
  echo: passing.query(({ input }) => input),
  place: t.procedure
    .use(({ next, batchIndex }) => next({ ctx: { batchIndex } }))
    .query(({ ctx }) => ctx.batchIndex),
  note: passing.mutation(() => {}),
});

const call = (id: number, path = 'echo') => ({ id, method: 'query', params: { path, input: `input ${id}` } });
const badRequest = (message: string) => ({
  kind: 'error',
  error: { message, data: { code: 'BAD_REQUEST' } },
});

test('[55] batchIndex is the place in the record, also behind an envelope that is refused; 0 for a single call', async (open) => {
  const infos = createCollector<unknown>();
  const createContext = ({ info: { isBatchCall, calls } }: CreateKafkaContextOptions): object => {
    infos.add([isBatchCall, calls.map(({ batchIndex }) => batchIndex)]);
    return {};
  };
  const arena = await open({ router, handler: { createContext } });
  await writeRequest(arena, [call(10, 'place'), { id: 11, method: 'query' }, call(12, 'place')]);
  await arena.stranger.replies.count(3);
  await writeRequest(arena, call(13, 'place'));
  const replies = await arena.stranger.replies.count(4);
  const results = replies.map((reply) => [reply.id, reply.kind === 'data' ? reply.data : reply.kind]);
  expect(new Map(results as [number, unknown][])).toEqual(
    new Map<number, unknown>([
      [10, 0],
      [11, 'error'],
      [12, 2],
      [13, 0],
    ]),
  );
  expect(infos.items).toEqual([
    [true, [0]],
    [true, [2]],
    [false, [0]],
  ]);
});

test('[56] a record with more calls than maxBatchSize: each gets BAD_REQUEST, and no input is read', async (open) => {
  const arena = await open({ router, handler: { maxBatchSize: 2 } });
  const before = inputs.items.length;
  await writeRequest(arena, [call(20), call(21), call(22)]);
  const refused = await arena.stranger.replies.count(3);
  expect(refused.map(({ id }) => id)).toEqual([20, 21, 22]);
  for (const reply of refused) expect(reply).toMatchObject(badRequest('Batch call exceeds maximum size'));
  await writeRequest(arena, [call(23), call(24)]);
  const replies = await arena.stranger.replies.count(5);
  expect(replies.slice(3)).toMatchObject([{ data: 'input 23' }, { data: 'input 24' }]);
  expect(inputs.items.slice(before)).toEqual(['input 23', 'input 24']);
  expect(arena.reported.items).toHaveLength(3);
});

test('[56] with allowBatching: false a record may hold one call, alone or in an array', async (open) => {
  const arena = await open({ router, handler: { allowBatching: false } });
  await writeRequest(arena, [call(30), call(31)]);
  await writeRequest(arena, [call(32)]);
  await writeRequest(arena, call(33));
  const replies = await arena.stranger.replies.count(4);
  const off = badRequest('Batching is not enabled on the server');
  expect(replies).toMatchObject([
    { id: 30, ...off },
    { id: 31, ...off },
    { data: 'input 32' },
    { data: 'input 33' },
  ]);
});

test('[56] one-way calls in a record that is over the limit become one dead letter', async (open) => {
  const arena = await open({ router, handler: { maxBatchSize: 1 } });
  const { topics } = arena.service;
  const value = JSON.stringify(
    [call(40), call(41)].map((one) => ({ ...one, method: 'mutation', kafka: { kind: 'one-way' } })),
  );
  await arena.stranger.write({
    topic: topics.oneWay.topic,
    headers: { 'trpc-kafka': arena.stranger.header },
    value,
  });
  await arena.events.until((all) => all.some(({ type }) => type === 'dead-lettered'), 'the dead letter');
  const admin = new Kafka({ brokers: [...arena.brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const [end] = await admin.fetchTopicOffsets(topics.deadLetter.topic);
  await admin.disconnect();
  expect([end?.offset, arena.handler.counters().oneWayCalls]).toEqual(['1', 0]);
  expect(arena.reported.items).toEqual(['Batch call exceeds maximum size']);
});
