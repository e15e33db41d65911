/** Records in another codec than JSON, and servers whose clients do not all have the same. */
import { createTRPCClient, TRPCClientError } from '@trpc/client';
import { initTRPC } from '@trpc/server';
import type { KafkaHandler } from '@trpc-kafka/adapter';
import { isKafkaTransportError, type RecordCodec, type RecordPosition } from '@trpc-kafka/core';
import { createKafkaEmitter, kafkaBatchLink } from '@trpc-kafka/link';
import { expect } from 'vitest';
import { msgpack } from '../../support/msgpack.ts';
import type { CaseContext } from '../case-context.ts';
import type { ConformanceCase } from '../conformance-case.ts';
import { connectRouter, serveRouter } from '../own-router.ts';
import { readRecordAt } from '../record-reader.ts';

const t = initTRPC.create();
/** Takes and gives back what it is given. */
const anything = (input: unknown): unknown => input;

/** Without a transformer: what arrives is what the codec carries. */
const plainRouter = t.router({
  echo: t.procedure.input(anything).query(({ input }) => input),
  change: t.procedure.input(anything).mutation(({ input }) => input),
  count: t.procedure
    .input((input) => input as number)
    .subscription(async function* ({ input }) {
      for (let n = 0; n < input; n++) yield new Uint8Array(100_000).fill(n);
    }),
  fail: t.procedure.query(() => {
    throw new Error('as it should');
  }),
});
type PlainRouter = typeof plainRouter;

/** What JSON does not carry. */
const odd = {
  bytes: Uint8Array.of(0, 1, 254, 255),
  at: new Date('2026-11-24T08:00:00.000Z'),
  large: 2n ** 60n,
  none: undefined,
  list: [undefined, null, new Date(0)],
};

/** A codec that cannot write everything. */
const picky: RecordCodec = {
  ...msgpack,
  encode(value) {
    if (JSON.stringify(value).includes('"bad"')) throw new Error('not this one');
    return msgpack.encode(value);
  },
};

function serve(context: CaseContext, codecs: readonly RecordCodec[]): Promise<KafkaHandler> {
  return serveRouter(context, { router: plainRouter, codecs });
}

async function errorOf(call: Promise<unknown>): Promise<TRPCClientError<PlainRouter>> {
  const error: unknown = await call.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(TRPCClientError);
  return error as TRPCClientError<PlainRouter>;
}

/** The codec of the record that an error came in. */
async function codecOf(context: CaseContext, error: TRPCClientError<PlainRouter>): Promise<string> {
  const { kafka } = error.meta as { kafka: RecordPosition };
  const { headers } = await readRecordAt(context.createKafka(), kafka);
  return String(headers?.['trpc-kafka']).split(';')[1]!;
}

export const codecCases: readonly ConformanceCase[] = [
  {
    name: 'bytes, dates and BigInts travel both ways in a codec that carries them',
    async run(context) {
      await serve(context, [msgpack]);
      const { client } = connectRouter<PlainRouter>(context, { codec: msgpack });
      for (const value of [odd, odd.bytes, odd.at, odd.large, undefined, null]) {
        expect(await client.echo.query(value)).toStrictEqual(value);
        expect(await client.change.mutate(value)).toStrictEqual(value);
      }
    },
  },
  {
    name: 'items of bytes come in order, under credit that counts what they are in the record',
    async run(context) {
      await serve(context, [msgpack]);
      const { client } = connectRouter<PlainRouter>(context, { codec: msgpack });
      const items: number[] = [];
      await new Promise<void>((resolve, reject) => {
        client.count.subscribe(20, {
          // As an array of numbers an item would be 400 KB: the window is 256 KB.
          onData: (item) => items.push(item.length, item[0]!),
          onError: reject,
          onComplete: resolve,
        });
      });
      expect(items).toEqual(Array.from({ length: 20 }, (_, n) => [100_000, n]).flat());
    },
  },
  {
    name: 'clients with and without a codec are each answered in their own, by one server, at once',
    async run(context) {
      const handler = await serve(context, [msgpack]);
      const kafka = context.createSource();
      // On one Kafka client: they share a driver, and each its own inbox.
      const binary = connectRouter<PlainRouter>(context, { kafka, codec: msgpack }).client;
      const json = connectRouter<PlainRouter>(context, { kafka }).client;
      // Another codec of the same name, as a library in the same process may have one.
      const other = connectRouter<PlainRouter>(context, { kafka, codec: { ...msgpack } }).client;
      const numbers = Array.from({ length: 50 }, (_, n) => n);
      const answers = numbers.map((n) =>
        Promise.all([
          binary.echo.query(Uint8Array.of(n)),
          json.echo.query(`json ${n}`),
          other.echo.query(new Date(n)),
        ]),
      );
      expect(await Promise.all(answers)).toStrictEqual(
        numbers.map((n) => [Uint8Array.of(n), `json ${n}`, new Date(n)]),
      );
      expect(await codecOf(context, await errorOf(binary.fail.query()))).toBe('msgpack');
      expect(await codecOf(context, await errorOf(json.fail.query()))).toBe('json');
      expect(handler.counters()).toMatchObject({ refused: 0, repliesFailed: 0 });
    },
  },
  {
    name: 'calls that share a record stand in parts',
    async run(context) {
      const records: RecordPosition[] = [];
      await serveRouter(context, {
        router: plainRouter,
        codecs: [msgpack],
        createContext: ({ req }) => {
          records.push(req);
          return {};
        },
      });
      const { kafkaClient } = connectRouter<PlainRouter>(context, { codec: msgpack });
      const client = createTRPCClient<PlainRouter>({ links: [kafkaBatchLink({ client: kafkaClient })] });
      const answers = await Promise.all([1, 2, 3].map((n) => client.echo.query(Uint8Array.of(n))));
      expect(answers).toStrictEqual([1, 2, 3].map((n) => Uint8Array.of(n)));
      expect(new Set(records.map(({ partition, offset }) => `${partition}/${offset}`)).size).toBe(1);
      const { headers } = await readRecordAt(context.createKafka(), records[0]!);
      expect(String(headers?.['trpc-kafka'])).toMatch(/^1;msgpack;.*;parts=3$/);
    },
  },
  {
    name: 'a server without the codec says so in JSON, names what it reads, and serves the others',
    async run(context) {
      const handler = await serve(context, []);
      const binary = connectRouter<PlainRouter>(context, { codec: msgpack }).client;
      const json = connectRouter<PlainRouter>(context).client;
      const [refused, error] = await Promise.all([
        errorOf(binary.echo.query(1)),
        new Promise<TRPCClientError<PlainRouter>>((resolve) => {
          binary.count.subscribe(1, { onError: (cause) => resolve(cause as never) });
        }),
      ]);
      for (const { data, message } of [refused, error]) {
        expect(data).toMatchObject({ code: 'UNSUPPORTED_MEDIA_TYPE', httpStatus: 415 });
        expect(message).toMatch(/encoded as "msgpack", this side reads json: .*codecs of applyKafkaHandler/);
      }
      expect(await codecOf(context, refused)).toBe('json');
      expect(await json.echo.query('still here')).toBe('still here');
      expect(handler.counters()).toMatchObject({ refused: 2 });
    },
  },
  {
    name: 'a one-way call in a codec that servers lack is kept as it was',
    async run(context) {
      const handler = await serve(context, []);
      const { kafkaClient } = connectRouter<PlainRouter>(context, { codec: msgpack });
      const dead = new Promise<void>((resolve) => {
        handler.on((event) => {
          if (event.type === 'dead-lettered') resolve();
        });
      });
      const position = await createKafkaEmitter<PlainRouter>({ client: kafkaClient }).change(odd);
      await dead;
      const { topic } = context.service.topics.deadLetter;
      const letter = await readRecordAt(context.createKafka(), { topic, partition: 0, offset: 0 });
      const written = await readRecordAt(context.createKafka(), position);
      expect(letter.value).toEqual(written.value);
      expect(String(letter.headers?.['trpc-kafka'])).toMatch(/^1;msgpack;/);
      expect(String(letter.headers?.['trpc-kafka-dead-letter'])).toMatch(/^code=UNSUPPORTED_MEDIA_TYPE;/);
    },
  },
  {
    name: 'an input that its codec cannot write fails alone',
    async run(context) {
      await serve(context, [picky]);
      const { client } = connectRouter<PlainRouter>(context, { codec: picky });
      const [bad, good] = await Promise.allSettled([client.echo.query('bad'), client.echo.query('good')]);
      expect(good).toMatchObject({ value: 'good' });
      expect((bad as PromiseRejectedResult).reason).toMatchObject({ message: 'not this one' });
      const { cause } = await errorOf(client.echo.query(new FormData()));
      expect(isKafkaTransportError(cause) && cause.code).toBe('UNSUPPORTED_MEDIA_TYPE');
    },
  },
];
