/** One object is the encoder of wsLink and the codec of ours, and callers see the same over both. */
import { initTRPC, TRPCError } from '@trpc/server';
import type { RecordCodec } from '@trpc-kafka/core';
import { errorOf } from '../support/call-error.ts';
import { msgpack } from '../support/msgpack.ts';
import { type ComparedTransport, createComparisonTest } from './support/comparison-test.ts';

const test = await createComparisonTest();
const t = initTRPC.create();
const router = t.router({
  echo: t.procedure.input((input) => input).query(({ input }) => input),
  fail: t.procedure.query(() => {
    throw new TRPCError({ code: 'CONFLICT', message: 'as it should' });
  }),
  double: t.procedure
    .input((input) => input)
    .subscription(async function* ({ input }) {
      yield input;
      yield input;
    }),
});

/** Sockets hand Buffers to a decoder, which gives such in its turn: they are compared as the bytes they are. */
function unpooled(value: unknown): unknown {
  const { scan } = value as { scan?: Uint8Array };
  return scan === undefined ? value : { ...(value as object), scan: Uint8Array.from(scan) };
}

/** What callers see of a value that goes there and comes back, in every way there is. */
function observe(codec: RecordCodec, value: unknown) {
  return async ({ serve }: ComparedTransport): Promise<readonly unknown[]> => {
    const trpc = await serve({ router, codec });
    const items: unknown[] = [];
    await new Promise<void>((resolve, reject) => {
      trpc.subscription('double', value, {
        onData: (item) => items.push(item),
        onError: reject,
        onComplete: resolve,
      });
    });
    return [await trpc.query('echo', value), ...items, String(await errorOf(trpc.query('fail')))].map(
      unpooled,
    );
  };
}

const document = { scan: Uint8Array.of(0, 128, 255), at: new Date(0) };
const asItIs = [document, document, document, 'TRPCClientError: as it should'];
test('an encoder of bytes', observe(msgpack, document), { wsLink: asItIs, kafkaLink: asItIs });

/** Texts, which sockets carry as texts: its decoder is never handed bytes. */
const markedJson: RecordCodec = {
  name: 'marked-json',
  encode: (value) => `~${JSON.stringify(value)}`,
  decode: (text) => JSON.parse((text as string).slice(1)),
};
const inJson = [...Array<string>(3).fill('Zürich 🛫'), 'TRPCClientError: as it should'];
test('an encoder of texts', observe(markedJson, 'Zürich 🛫'), { wsLink: inJson, kafkaLink: inJson });
