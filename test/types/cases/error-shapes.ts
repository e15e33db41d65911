/** Errors over the link have the shape that the router's `errorFormatter` makes. */
import { createTRPCClient, TRPCClientError } from '@trpc/client';
import { type inferRouterError, initTRPC, type TRPC_ERROR_CODE_KEY } from '@trpc/server';
import { isKafkaTransportError, type KafkaTransportErrorCode } from '@trpc-kafka/core';
import { type KafkaClient, kafkaLink } from '@trpc-kafka/link';
import { expectTypeOf } from 'expect-type';

declare const client: KafkaClient;
const t = initTRPC.create({
  errorFormatter: ({ shape }) => ({ ...shape, data: { ...shape.data, ticket: 'T-1' as const } }),
});
const router = t.router({
  fail: t.procedure.query(() => 1),
  watch: t.procedure.subscription(async function* () {
    yield 1;
  }),
});
type AppRouter = typeof router;
const trpc = createTRPCClient<AppRouter>({ links: [kafkaLink({ client })] });

export function isOurs(cause: unknown): cause is TRPCClientError<AppRouter> {
  return cause instanceof TRPCClientError;
}

export async function shapes(): Promise<void> {
  try {
    await trpc.fail.query();
  } catch (cause) {
    if (!isOurs(cause)) throw cause;
    expectTypeOf(cause.data?.ticket).toEqualTypeOf<'T-1' | undefined>();
    expectTypeOf(cause.data?.code).toEqualTypeOf<TRPC_ERROR_CODE_KEY | undefined>();
    expectTypeOf(cause.shape?.data.ticket).toEqualTypeOf<'T-1' | undefined>();
    // @ts-expect-error failures of the transport have no data
    void cause.data.ticket;
    // @ts-expect-error the formatter adds no such field
    void cause.data?.tickets;
  }
}
expectTypeOf<inferRouterError<AppRouter>['data']['ticket']>().toEqualTypeOf<'T-1'>();

trpc.watch.subscribe(undefined, {
  onError: (error) => expectTypeOf(error.data?.ticket).toEqualTypeOf<'T-1' | undefined>(),
});

// Failures of the transport.
export function describeFailure(error: unknown): string {
  if (!(error instanceof TRPCClientError) || !isKafkaTransportError(error.cause)) return 'none of ours';
  expectTypeOf(error.cause.code).toEqualTypeOf<KafkaTransportErrorCode>();
  expectTypeOf(error.cause.retryable).toEqualTypeOf<boolean>();
  // @ts-expect-error there is no such code
  if (error.cause.code === 'TIMED_OUT') return 'late';
  return error.cause.code;
}
