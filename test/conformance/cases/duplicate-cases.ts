/** Mutations that arrive again: they get the first outcome, and are carried out once. */
import { createTRPCClient, retryLink, type TRPCClientError } from '@trpc/client';
import { initTRPC, type TRPC_ERROR_CODE_KEY, TRPCError } from '@trpc/server';
import type { CreateKafkaContextOptions, DuplicateOptions } from '@trpc-kafka/adapter';
import type { RecordInterceptor } from '@trpc-kafka/core';
import {
  createKafkaClient,
  createKafkaEmitter,
  type KafkaCallOptions,
  type KafkaClientOptions,
  kafkaBatchLink,
  kafkaContext,
  kafkaLink,
} from '@trpc-kafka/link';
import { expect } from 'vitest';
import { z } from 'zod';
import { createEventLog, type EventLog } from '../../support/event-log.ts';
import { msgpack } from '../../support/msgpack.ts';
import type { CaseContext } from '../case-context.ts';
import type { ConformanceCase } from '../conformance-case.ts';
import { serveRouter } from '../own-router.ts';
import { readRecordAt } from '../record-reader.ts';

/** Books; how often, and for whom, stands in the log. */
function createRouter(log: EventLog) {
  const t = initTRPC.context<CreateKafkaContextOptions>().create();
  let bookings = 0;
  return t.router({
    book: t.procedure.input(z.string()).mutation(({ input }) => {
      log.note(`booked ${input}`);
      return { number: ++bookings };
    }),
    bookSlowly: t.procedure.input(z.string()).mutation(async ({ input }) => {
      log.note(`booking ${input}`);
      await log.until(`end ${input}`);
      return { number: ++bookings };
    }),
    fail: t.procedure.input(z.custom<TRPC_ERROR_CODE_KEY>()).mutation(({ input, ctx }) => {
      log.note(`failed ${input} ${ctx.req.idempotencyKey} ${ctx.req.maybeRedelivered}`);
      throw new TRPCError({ code: input, message: `for the ${++bookings}. time` });
    }),
    streamed: t.procedure.mutation(async function* () {
      log.note('streamed');
      yield ++bookings;
    }),
  });
}

type BookingRouter = ReturnType<typeof createRouter>;

interface StartOptions {
  readonly duplicates?: DuplicateOptions;
  readonly interceptors?: readonly RecordInterceptor[];
}

async function startBooking(context: CaseContext, options: StartOptions = {}) {
  const log = createEventLog();
  const handler = await serveRouter(context, {
    router: createRouter(log),
    createContext: (given) => given,
    codecs: [msgpack],
    ...options,
  });
  function connect(given: Partial<KafkaClientOptions> = {}) {
    const { service } = context;
    const kafka = context.createSource();
    const kafkaClient = createKafkaClient({ kafka, service, app: service.name, timeoutMs: 60_000, ...given });
    context.defer(() => kafkaClient.close());
    const makeLink = context.linkName === 'kafkaBatchLink' ? kafkaBatchLink : kafkaLink;
    const link = makeLink<BookingRouter>({ client: kafkaClient });
    return {
      kafkaClient,
      link,
      client: createTRPCClient<BookingRouter>({ links: [link] }),
      emitter: createKafkaEmitter<BookingRouter>({ client: kafkaClient }),
    };
  }
  return { log, handler, connect, ...connect() };
}

const keyed = (idempotencyKey: string | true, more: KafkaCallOptions = {}) => ({
  context: kafkaContext({ idempotencyKey, ...more }),
});

async function messageOf(call: Promise<unknown>): Promise<string> {
  try {
    return `answered with ${JSON.stringify(await call)}`;
  } catch (error) {
    return (error as TRPCClientError<never>).message;
  }
}

export const duplicateCases: readonly ConformanceCase[] = [
  {
    name: 'a mutation with a key that is made again gets the first result, also from another client and in another codec',
    async run(context) {
      const { client, connect, log, handler } = await startBooking(context);
      const other = connect({ codec: msgpack });
      expect(await client.book.mutate('a', keyed('k'))).toEqual({ number: 1 });
      expect(await client.book.mutate('a', keyed('k'))).toEqual({ number: 1 });
      expect(await other.client.book.mutate('a', keyed('k'))).toEqual({ number: 1 });
      expect(await other.client.book.mutate('b', keyed('l'))).toEqual({ number: 2 });
      expect(await client.book.mutate('b', keyed('l'))).toEqual({ number: 2 });
      // Without a key it is a call of its own.
      expect(await client.book.mutate('a')).toEqual({ number: 3 });
      expect([log.count('booked a'), log.count('booked b')]).toEqual([2, 1]);
      expect(handler.counters().duplicates).toBe(3);
    },
  },
  {
    name: 'a mutation that is made again while the first runs waits for it',
    async run(context) {
      const { client, connect, log, handler } = await startBooking(context);
      const met = new Promise<void>((resolve) => {
        handler.on((event) => {
          if (event.type === 'duplicate' && event.first === 'running') resolve();
        });
      });
      const first = client.bookSlowly.mutate('a', keyed('k'));
      await log.until('booking a');
      const second = connect().client.bookSlowly.mutate('a', keyed('k'));
      await met;
      log.note('end a');
      expect(await Promise.all([first, second])).toEqual([{ number: 1 }, { number: 1 }]);
      expect(log.count('booking a')).toBe(1);
    },
  },
  {
    name: 'an error that would come again is remembered, one that may pass is not, and the second run knows that it is one',
    async run(context) {
      const { client, log } = await startBooking(context);
      expect(await messageOf(client.fail.mutate('CONFLICT', keyed('k')))).toBe('for the 1. time');
      expect(await messageOf(client.fail.mutate('CONFLICT', keyed('k')))).toBe('for the 1. time');
      expect(await messageOf(client.fail.mutate('SERVICE_UNAVAILABLE', keyed('l')))).toBe('for the 2. time');
      expect(await messageOf(client.fail.mutate('SERVICE_UNAVAILABLE', keyed('l')))).toBe('for the 3. time');
      expect(log.all()).toEqual([
        'failed CONFLICT k false',
        'failed SERVICE_UNAVAILABLE l false',
        'failed SERVICE_UNAVAILABLE l false',
      ]);
    },
  },
  {
    name: 'one key for two inputs is refused; for two procedures, or under two scopes, it is two keys',
    async run(context) {
      const scope: DuplicateOptions['scope'] = ({ headers }) => headers['tenant'] ?? '';
      const { client, log } = await startBooking(context, { duplicates: { scope } });
      await client.book.mutate('a', keyed('k'));
      expect(await messageOf(client.book.mutate('b', keyed('k')))).toContain('with another input');
      expect(await messageOf(client.fail.mutate('CONFLICT', keyed('k')))).toBe('for the 2. time');
      expect(await client.book.mutate('a', keyed('k', { headers: { tenant: 'acme' } }))).toEqual({
        number: 3,
      });
      expect([log.count('booked a'), log.count('booked b')]).toEqual([2, 0]);
    },
  },
  {
    name: 'a key that is made up for a call is the same for a retry by retryLink, and another for the next call',
    async run(context) {
      let refused = 0;
      // The first answer is lost on its way.
      const lossy: RecordInterceptor = {
        beforeSend({ purpose }) {
          if (purpose === 'reply' && refused++ === 0) throw new Error('lost');
        },
      };
      const { link, log } = await startBooking(context, { interceptors: [lossy] });
      const retry = retryLink<BookingRouter>({ retry: ({ attempts }) => attempts < 5 });
      const client = createTRPCClient<BookingRouter>({ links: [retry, link] });
      const shared = keyed(true, { timeoutMs: 4000 });
      expect(await client.book.mutate('a', shared)).toEqual({ number: 1 });
      expect(await client.book.mutate('a', shared)).toEqual({ number: 2 });
      expect(log.count('booked a')).toBe(2);
    },
  },
  {
    name: 'a record that is written twice is one call, and its caller is settled once',
    async run(context) {
      const { client, kafkaClient, log, handler } = await startBooking(context);
      const given = await client.book.mutate('a', { context: kafkaContext({ key: 'k' }) });
      const producer = context.createKafka().producer();
      context.defer(() => producer.disconnect());
      await producer.connect();
      const place = { topic: context.service.topics.requests.topic, partition: partitionOfK, offset: 0 };
      const { key, value, headers } = await readRecordAt(context.createKafka(), place);
      const repeated = new Promise<void>((resolve) => {
        handler.on((event) => {
          if (event.type === 'duplicate') resolve();
        });
      });
      const record = { key, value, partition: partitionOfK, ...(headers === undefined ? {} : { headers }) };
      await producer.send({ topic: place.topic, messages: [record] });
      await repeated;
      expect([given, log.count('booked a')]).toEqual([{ number: 1 }, 1]);
      expect(await client.book.mutate('b', { context: kafkaContext({ key: 'k' }) })).toEqual({ number: 2 });
      expect(kafkaClient.counters().lateReplies).toBeLessThanOrEqual(1);
    },
  },
  {
    name: 'a one-way call with a key that is sent again is carried out once',
    async run(context) {
      const { emitter, log, handler } = await startBooking(context);
      for (let n = 0; n < 3; n++) await emitter.book('a', { idempotencyKey: 'k' });
      // Behind the others, in their partition.
      await emitter.book('b', { key: 'k' });
      await log.until('booked b');
      const counted = async (): Promise<void> => {
        while (handler.counters().duplicates < 2) await new Promise(setImmediate);
      };
      await counted();
      expect(log.count('booked a')).toBe(1);
    },
  },
  {
    name: 'a result that comes bit by bit is not remembered',
    async run(context) {
      const { client, log } = await startBooking(context);
      const read = async (): Promise<number[]> => {
        const items: number[] = [];
        for await (const item of await client.streamed.mutate(undefined, keyed('k'))) items.push(item);
        return items;
      };
      expect([await read(), await read(), log.count('streamed')]).toEqual([[1], [2], 2]);
    },
  },
];

/** Of three partitions, where Kafka's hash puts the key "k". */
const partitionOfK = 2;
