/** The terminating link that lets calls share records, in the manner of tRPC's httpBatchLink. */
import type { TRPCLink } from '@trpc/client';
import type { AnyTRPCRouter, inferTRPCClientTypes } from '@trpc/server';
import { observable } from '@trpc/server/observable';
import { assertWhole, maxBundleItems } from '@trpc-kafka/core/internal';
import { type KafkaClient, runtimeOf } from '../client/kafka-client.js';
import type { OperationFacts } from '../operations/operation.js';
import { createBundleWriter } from '../requests/bundle-writer.js';
import { createCallWriter } from '../requests/call-writer.js';
import { getTransformer, type TransformerOptions } from '../trpc-internals.js';
import { startOperation } from './start-operation.js';

/** Headers of a batch link: texts, or a function that makes them for the operations of a record. */
export type BatchLinkHeaders =
  | Readonly<Record<string, string>>
  | ((opts: {
      opList: [OperationFacts, ...OperationFacts[]];
    }) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>);

/** Options of {@link kafkaBatchLink}. `transformer` is required exactly when the router has one. */
export type KafkaBatchLinkOptions<TRouter extends AnyTRPCRouter> = {
  /** The client made with `createKafkaClient`; links may share one. */
  client: KafkaClient;
  /** Most calls in a record, at most 1024. @default 64 */
  maxItems?: number;
  /**
   * Most bytes in a record with several calls, at most the client's `maxMessageBytes`. A call that is larger has a
   * record of its own. @default 262144, or `maxMessageBytes` where that is less
   */
  maxBytes?: number;
  /** Headers of every record this link writes; a function is asked once for each. @default none */
  headers?: BatchLinkHeaders;
} & TransformerOptions<inferTRPCClientTypes<TRouter>>;

/**
 * A terminating link as `kafkaLink`, but queries and mutations that are made together travel in one record: of one turn
 * of the event loop and, while an earlier batch is on its way to the brokers, those made meanwhile. Each is answered
 * when it is done, and fails alone. Calls with different keys or headers have records of their own, as have
 * subscriptions.
 *
 * @throws KafkaTransportError with code `INVALID_OPTION`.
 * @example
 * const client = createTRPCClient<AppRouter>({
 *   links: [kafkaBatchLink({ client: kafkaClient, maxItems: 32, transformer: superjson })],
 * });
 * await Promise.all([client.flights.byNumber.query('LH400'), client.flights.byNumber.query('LH454')]); // one record
 */
export function kafkaBatchLink<TRouter extends AnyTRPCRouter>(
  opts: KafkaBatchLinkOptions<TRouter>,
): TRPCLink<TRouter> {
  const runtime = runtimeOf(opts.client);
  const transformer = getTransformer(opts.transformer);
  const { maxItems = 64, headers } = opts;
  const { maxMessageBytes } = runtime.writing;
  const { maxBytes = Math.min(256 * 1024, maxMessageBytes) } = opts;
  assertWhole(maxItems, { name: 'maxItems', max: maxBundleItems });
  assertWhole(maxBytes, { name: 'maxBytes', max: maxMessageBytes });
  const headersOf = (opList: [OperationFacts, ...OperationFacts[]]) =>
    typeof headers === 'function' ? headers({ opList }) : headers;
  const alone = createCallWriter(runtime.writing, (op) => headersOf([op]));
  return () => {
    const together = createBundleWriter(runtime.writing, { headersOf, maxItems, maxBytes });
    return ({ op }) =>
      observable((observer) => {
        const writer = op.type === 'subscription' ? alone : together;
        return startOperation({ runtime, transformer, writer, op, observer });
      });
  };
}
