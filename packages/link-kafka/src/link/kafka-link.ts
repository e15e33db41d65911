/** The terminating link: hands tRPC's operations to a client and its replies back to the caller. */
import type { TRPCLink } from '@trpc/client';
import type { AnyTRPCRouter, inferTRPCClientTypes } from '@trpc/server';
import { observable } from '@trpc/server/observable';
import { type KafkaClient, runtimeOf } from '../client/kafka-client.js';
import type { OperationFacts } from '../operations/operation.js';
import { createCallWriter } from '../requests/call-writer.js';
import { getTransformer, type TransformerOptions } from '../trpc-internals.js';
import { startOperation } from './start-operation.js';

/** Headers of a link: texts, or a function that makes them for an operation. */
export type LinkHeaders =
  | Readonly<Record<string, string>>
  | ((opts: {
      op: OperationFacts;
    }) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>);

/**
 * Options of {@link kafkaLink}. `transformer` is required exactly when the router has one.
 * Make links beforehand as `kafkaLink<AppRouter>(…)`: without the type argument nothing can be checked, as with all tRPC links.
 */
export type KafkaLinkOptions<TRouter extends AnyTRPCRouter> = {
  /** The client made with `createKafkaClient`; links may share one. */
  client: KafkaClient;
  /** Headers of every record this link writes. @default none */
  headers?: LinkHeaders;
} & TransformerOptions<inferTRPCClientTypes<TRouter>>;

/**
 * A terminating link that carries calls and subscriptions over Kafka.
 *
 * @example
 * const client = createTRPCClient<AppRouter>({
 *   links: [kafkaLink({ client: kafkaClient, transformer: superjson })],
 * });
 */
export function kafkaLink<TRouter extends AnyTRPCRouter>(opts: KafkaLinkOptions<TRouter>): TRPCLink<TRouter> {
  const runtime = runtimeOf(opts.client);
  const transformer = getTransformer(opts.transformer);
  const { headers } = opts;
  const writer = createCallWriter(runtime.writing, (op) =>
    typeof headers === 'function' ? headers({ op }) : headers,
  );
  return () =>
    ({ op }) =>
      observable((observer) => startOperation({ runtime, transformer, writer, op, observer }));
}
