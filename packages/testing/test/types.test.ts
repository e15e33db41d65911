/** What the compiler asks of callers: as much as kafkaLink and applyKafkaHandler do, and no more. */
import type { TRPCClient } from '@trpc/client';
import { initTRPC } from '@trpc/server';
import type { EmitMutation, KafkaEmitter } from '@trpc-kafka/link';
import { createTestPair, type TestPair, type TestPairOptions } from '@trpc-kafka/testing';
import superjson from 'superjson';
import { describe, expect, expectTypeOf, test } from 'vitest';

const plain = initTRPC.create();
const plainRouter = plain.router({
  twice: plain.procedure.input((value): number => Number(value)).query(({ input }) => input * 2),
  nested: plain.router({
    note: plain.procedure.input((value) => String(value)).mutation(() => 'noted'),
  }),
});

const withContext = initTRPC.context<{ user: string }>().create();
const contextRouter = withContext.router({ whoami: withContext.procedure.query(({ ctx }) => ctx.user) });

const withTransformer = initTRPC.create({ transformer: superjson });
const transformerRouter = withTransformer.router({
  nextDay: withTransformer.procedure
    .input((value) => value as Date)
    .query(({ input }) => new Date(input.getTime() + 86_400_000)),
});

test('client and emitter have the types of the router', async () => {
  await using pair = await createTestPair({ router: plainRouter });
  expectTypeOf(pair).toEqualTypeOf<TestPair<typeof plainRouter>>();
  expectTypeOf(pair.client).toEqualTypeOf<TRPCClient<typeof plainRouter>>();
  expectTypeOf(pair.emitter).toEqualTypeOf<KafkaEmitter<(typeof plainRouter)['_def']['record']>>();
  expectTypeOf(pair.emitter.nested.note).toEqualTypeOf<
    EmitMutation<(typeof plainRouter)['nested']['note']>
  >();
  const answer = await pair.client.twice.query(21);
  expectTypeOf(answer).toEqualTypeOf<number>();
  expect(answer).toBe(42);
  // @ts-expect-error the input is a number
  expect(await pair.client.twice.query('4')).toBe(8);
  // @ts-expect-error queries have an outcome, which one-way calls do not
  expectTypeOf(pair.emitter.twice).toBeFunction();
});

test('a context is passed by those whose router has one', async () => {
  await using pair = await createTestPair({
    router: contextRouter,
    createContext: ({ req }) => ({ user: req.headers['user'] ?? 'nobody' }),
    headers: { user: 'ada' },
  });
  expect(await pair.client.whoami.query()).toBe('ada');
});

test('data pass through the transformer of those whose router has one', async () => {
  await using pair = await createTestPair({ router: transformerRouter, transformer: superjson });
  const nextDay = await pair.client.nextDay.query(new Date('2026-12-24T10:35:00Z'));
  expectTypeOf(nextDay).toEqualTypeOf<Date>();
  expect(nextDay).toEqual(new Date('2026-12-25T10:35:00Z'));
});

describe('options that do not fit are refused by the compiler', () => {
  test('context', () => {
    // @ts-expect-error createContext is missing
    expectTypeOf({ router: contextRouter }).toExtend<TestPairOptions<typeof contextRouter>>();
    const wrong = { router: contextRouter, createContext: () => ({ user: 1 }) };
    // @ts-expect-error its user is no text
    expectTypeOf(wrong).toExtend<TestPairOptions<typeof contextRouter>>();
    expectTypeOf({ router: plainRouter }).toExtend<TestPairOptions<typeof plainRouter>>();
  });

  test('transformer', () => {
    // @ts-expect-error the transformer is missing
    expectTypeOf({ router: transformerRouter }).toExtend<TestPairOptions<typeof transformerRouter>>();
    const tooMuch = { router: plainRouter, transformer: superjson };
    // @ts-expect-error the router has none
    expectTypeOf(tooMuch).toExtend<TestPairOptions<typeof plainRouter>>();
  });

  test('service and kafka are the same for both sides', () => {
    type Options = TestPairOptions<typeof plainRouter>;
    expectTypeOf<NonNullable<Options['handler']>>().not.toHaveProperty('service');
    expectTypeOf<NonNullable<Options['handler']>>().not.toHaveProperty('kafka');
    expectTypeOf<NonNullable<Options['client']>>().not.toHaveProperty('service');
    expectTypeOf<NonNullable<Options['client']>>().not.toHaveProperty('kafka');
  });
});
