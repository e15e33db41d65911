/** Everything the link takes from tRPC that is not in its stable interface, in one place: what breaks with a tRPC release breaks here. */

export { getTransformer, type TransformerOptions } from '@trpc/client/unstable-internals';
export { jsonlStreamConsumer } from '@trpc/server/unstable-core-do-not-import';

/**
 * A transformer for both directions.
 * The same type as tRPC's `CombinedDataTransformer` (server/src/unstable-core-do-not-import/transformer.ts).
 */
export interface CombinedTransformer {
  readonly input: DataTransformer;
  readonly output: DataTransformer;
}

interface DataTransformer {
  // biome-ignore lint/suspicious/noExplicitAny: tRPC's own signature, which `unknown` would not accept
  serialize(object: any): any;
  // biome-ignore lint/suspicious/noExplicitAny: tRPC's own signature, which `unknown` would not accept
  deserialize(object: any): any;
}
