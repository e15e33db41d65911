/** Everything this package takes from tRPC that is not in its stable interface, in one place: what breaks with a tRPC release breaks here. */
export type { TransformerOptions } from '@trpc/client/unstable-internals';
