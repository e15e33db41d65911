/** One-way calls with the router's types: mutations only, input typed, no output, since nobody waits for one. */
import {
  type AnyTRPCMutationProcedure,
  type AnyTRPCRouter,
  createTRPCRecursiveProxy,
  type inferProcedureInput,
  type inferTRPCClientTypes,
  type TRPCRouterRecord,
} from '@trpc/server';
import type { RecordPosition } from '@trpc-kafka/core';
import { maxOneWayTimeoutMs } from '@trpc-kafka/core/internal';
import { assertTimeout, type KafkaCallOptions, kafkaContext } from '../calls/call-options.js';
import { settleKey } from '../calls/idempotency-key.js';
import { traceOf } from '../calls/inheritance.js';
import { serializeInput } from '../calls/serialize-input.js';
import { type KafkaClient, runtimeOf } from '../client/kafka-client.js';
import { getTransformer, type TransformerOptions } from '../trpc-internals.js';

/** Options of one one-way call. */
export interface KafkaEmitOptions extends KafkaCallOptions {
  /** How long servers may still carry it out, in ms, counted from when the brokers have it. @default for ever */
  readonly expiresMs?: number;
}

/** Sends one one-way call. Resolves with its place when the brokers have it durably; it is then carried out at least once. */
export type EmitMutation<TProcedure extends AnyTRPCMutationProcedure> = (
  ...args: undefined extends inferProcedureInput<TProcedure>
    ? [input?: inferProcedureInput<TProcedure>, options?: KafkaEmitOptions]
    : [input: inferProcedureInput<TProcedure>, options?: KafkaEmitOptions]
) => Promise<RecordPosition>;

/** The mutations of a router, as one-way calls. */
export type KafkaEmitter<TRecord extends TRPCRouterRecord> = {
  [TKey in keyof TRecord as TRecord[TKey] extends AnyTRPCMutationProcedure | TRPCRouterRecord
    ? TKey
    : never]: TRecord[TKey] extends AnyTRPCMutationProcedure
    ? EmitMutation<TRecord[TKey]>
    : TRecord[TKey] extends TRPCRouterRecord
      ? KafkaEmitter<TRecord[TKey]>
      : never;
};

/** Options of {@link createKafkaEmitter}. `transformer` is required exactly when the router has one. */
export type KafkaEmitterOptions<TRouter extends AnyTRPCRouter> = {
  /** The client made with `createKafkaClient`. */
  client: KafkaClient;
  /** Headers of every record. @default none */
  headers?: Readonly<Record<string, string>>;
} & TransformerOptions<inferTRPCClientTypes<TRouter>>;

/**
 * Makes an emitter: `emitter.bookings.audit(input)` sends a mutation that nobody waits for.
 * Rejects with `KafkaTransportError`.
 *
 * @example
 * const emitter = createKafkaEmitter<AppRouter>({ client: kafkaClient, transformer: superjson });
 * await emitter.bookings.audit({ bookingId }, { key: bookingId });
 */
export function createKafkaEmitter<TRouter extends AnyTRPCRouter>(
  opts: KafkaEmitterOptions<TRouter>,
): KafkaEmitter<TRouter['_def']['record']> {
  const runtime = runtimeOf(opts.client);
  const transformer = getTransformer(opts.transformer);
  return createTRPCRecursiveProxy<KafkaEmitter<TRouter['_def']['record']>>(async ({ path, args }) => {
    // Printing an emitter is no call: JSON.stringify and test runners ask every object for this.
    if (path.at(-1) === 'toJSON') return undefined as never;
    const [rawInput, options = {}] = args as [unknown, KafkaEmitOptions?];
    const { expiresMs, ...callOptions } = options;
    assertTimeout(expiresMs, { name: 'expiresMs', maxMs: maxOneWayTimeoutMs });
    const name = path.join('.');
    const input = serializeInput(rawInput, name, { transformer, codec: runtime.codec });
    return await runtime.oneWay.send({
      path: name,
      input,
      options: settleKey(kafkaContext(callOptions).kafka, callOptions),
      headers: opts.headers,
      traceHeaders: traceOf(),
      ...(expiresMs === undefined ? {} : { expiresMs }),
    });
  });
}
