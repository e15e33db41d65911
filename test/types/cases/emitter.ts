/** Emitters: the mutations of a router with their inputs, without an output. */
import { initTRPC, lazy, type TRPCDataTransformer } from '@trpc/server';
import type { RecordPosition } from '@trpc-kafka/core';
import {
  createKafkaEmitter,
  type EmitMutation,
  type KafkaClient,
  type KafkaEmitOptions,
  type KafkaEmitter,
} from '@trpc-kafka/link';
import { expectTypeOf } from 'expect-type';
import { z } from 'zod';

declare const client: KafkaClient;
declare const transformer: TRPCDataTransformer;
const t = initTRPC.create();
const router = t.router({
  read: t.procedure.input(z.string()).query(({ input }) => input),
  watch: t.procedure.subscription(async function* () {
    yield 1;
  }),
  tick: t.procedure.mutation(() => 1),
  maybe: t.procedure.input(z.number().optional()).mutation(() => 1),
  bookings: {
    audit: t.procedure
      .input(z.object({ id: z.string(), at: z.coerce.date() }))
      .mutation(() => ({ kept: true })),
    list: t.procedure.query(() => []),
  },
  far: lazy(async () => ({ far: t.router({ note: t.procedure.input(z.string()).mutation(() => {}) }) })),
});
type Plain = typeof router;
const s = initTRPC.create({ transformer });
const superbRouter = s.router({ at: s.procedure.input(z.date()).mutation(() => {}) });
type Superb = typeof superbRouter;

const emitter = createKafkaEmitter<Plain>({ client, headers: { source: 'checkout' } });
expectTypeOf(emitter).toEqualTypeOf<KafkaEmitter<Plain['_def']['record']>>();

// Only mutations are there.
expectTypeOf<keyof typeof emitter>().toEqualTypeOf<'tick' | 'maybe' | 'bookings' | 'far'>();
expectTypeOf<keyof typeof emitter.bookings>().toEqualTypeOf<'audit'>();
expectTypeOf(emitter.bookings.audit).toEqualTypeOf<EmitMutation<Plain['bookings']['audit']>>();
// @ts-expect-error a query has an outcome, which nobody would wait for
void emitter.read('LH400');
// @ts-expect-error so has a subscription
void emitter.watch();
// @ts-expect-error there is no such procedure
void emitter.bookings.cancel();

export async function inputsAndOutput(): Promise<void> {
  // What comes back is the record's place, not what the mutation returns.
  expectTypeOf(await emitter.bookings.audit({ id: 'b1', at: 'today' })).toEqualTypeOf<RecordPosition>();
  expectTypeOf(await emitter.tick()).toEqualTypeOf<RecordPosition>();
  await emitter.maybe();
  await emitter.maybe(3);
  await emitter.maybe(undefined, { key: 'k' });
  await emitter.far.note('a');
  // @ts-expect-error the input is missing
  await emitter.bookings.audit();
  // @ts-expect-error the input is no text
  await emitter.bookings.audit('b1');
  // @ts-expect-error a field is missing
  await emitter.bookings.audit({ at: 'today' });
  // @ts-expect-error the input is a number
  await emitter.maybe('3');
  // @ts-expect-error a lazy router has types as well
  await emitter.far.note(1);
}

// Options of one call.
const options: KafkaEmitOptions = {
  key: 'k',
  idempotencyKey: 'i',
  timeoutMs: 1,
  expiresMs: 2,
  headers: { a: 'b' },
};
export const withOptions = emitter.bookings.audit({ id: 'b1', at: 0 }, options);
// @ts-expect-error there is no such option
void emitter.tick(undefined, { expires: 2 });
// @ts-expect-error it is a number of ms
void emitter.tick(undefined, { expiresMs: '2s' });

// The transformer, as on the link.
export const superb = createKafkaEmitter<Superb>({ client, transformer });
// @ts-expect-error the router has a transformer
createKafkaEmitter<Superb>({ client });
// @ts-expect-error the router has none
createKafkaEmitter<Plain>({ client, transformer });
// @ts-expect-error no emitter without a client
createKafkaEmitter<Plain>({});
