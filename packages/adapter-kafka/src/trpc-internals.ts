/** Everything the adapter takes from tRPC that is not in its stable interface, in one place: what breaks with a tRPC release breaks here. */
export {
  getProcedureAtPath,
  isAbortError,
  isAsyncIterable,
  isPromise,
  jsonlStreamProducer,
} from '@trpc/server/unstable-core-do-not-import';
