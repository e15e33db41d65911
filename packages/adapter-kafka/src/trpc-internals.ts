/** Everything the adapter takes from tRPC that is not in its stable interface, in one place: what breaks with a tRPC release breaks here. */
import type { AnyTRPCProcedure, AnyTRPCRouter } from '@trpc/server';

export {
  getProcedureAtPath,
  isAbortError,
  isAsyncIterable,
  isPromise,
  jsonlStreamProducer,
} from '@trpc/server/unstable-core-do-not-import';

/** The procedure at a path, where that is loaded. */
export function loadedProcedure(router: AnyTRPCRouter, path: string): AnyTRPCProcedure | undefined {
  const procedures = router._def.procedures as Readonly<Record<string, AnyTRPCProcedure>>;
  return Object.hasOwn(procedures, path) ? procedures[path] : undefined;
}

/** True when a part of the router that is not loaded may have a procedure at the path. tRPC takes out of `lazy` what it has loaded. */
export function isLazyPath(router: AnyTRPCRouter, path: string): boolean {
  const { lazy } = router._def as { readonly lazy?: Readonly<Record<string, unknown>> };
  for (const key in lazy) if (path.startsWith(key)) return true;
  return false;
}
