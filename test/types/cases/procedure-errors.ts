/** A procedure's own `.errors()` reach its callers, by `safe()` and `inferProcedureErrorShape`. Needs tRPC 11.25. */
import { createTRPCClient, safe } from '@trpc/client';
import { type inferProcedureErrorShape, initTRPC } from '@trpc/server';
import { type KafkaClient, kafkaLink } from '@trpc-kafka/link';
import { expectTypeOf } from 'expect-type';
import { z } from 'zod';

declare const client: KafkaClient;
const t = initTRPC.create();
const router = t.router({
  book: t.procedure
    .errors(({ shape }) => ({ ...shape, data: { ...shape.data, seat: '12A' as const } }))
    .input(z.string())
    .mutation(() => new Date(0)),
  plain: t.procedure.query(() => 1),
  watch: t.procedure
    .errors(({ shape }) => ({ ...shape, data: { ...shape.data, lastSeen: 1 as const } }))
    .subscription(async function* () {
      yield 1;
    }),
});
type AppRouter = typeof router;
const trpc = createTRPCClient<AppRouter>({ links: [kafkaLink({ client })] });

type BookShape = inferProcedureErrorShape<AppRouter, AppRouter['book']>;
expectTypeOf<Extract<BookShape['data'], { seat: unknown }>['seat']>().toEqualTypeOf<'12A'>();

export async function shapes(): Promise<void> {
  const [data, error] = await safe(trpc.book.mutate('LH400'));
  if (error === undefined) {
    expectTypeOf(data).toEqualTypeOf<string>();
    return;
  }
  // An error that was made before the procedure was found has the router's own shape.
  if (error.data && 'seat' in error.data) expectTypeOf(error.data.seat).toEqualTypeOf<'12A'>();
  // @ts-expect-error the formatter adds no such field
  if (error.data && 'seat' in error.data) void error.data.row;
  const [, plainError] = await safe(trpc.plain.query());
  // @ts-expect-error another procedure's errors have no seat
  void plainError?.data?.seat;
}

trpc.watch.subscribe(undefined, {
  onError({ data }) {
    if (data && 'lastSeen' in data) expectTypeOf(data.lastSeen).toEqualTypeOf<1>();
  },
});
