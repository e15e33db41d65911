/** A call's input as the procedure gets it, and what `createContext` is told about the call. */
import { type AnyTRPCRouter, TRPCError } from '@trpc/server';
import { parseConnectionParamsFromUnknown, type TRPCRequestInfo } from '@trpc/server/http';
import { getProcedureAtPath } from '../trpc-internals.js';
import type { ServedCall } from './served-call.js';

/**
 * The input: restored by the transformer, with `lastEventId` put in as tRPC does (server/src/adapters/ws.ts).
 * @throws TRPCError `PARSE_ERROR` when the transformer refuses it.
 */
export function readInput(router: AnyTRPCRouter, call: ServedCall): unknown {
  const { input, lastEventId } = call.message;
  let restored: unknown;
  try {
    restored = router._def._config.transformer.input.deserialize(input);
  } catch (cause) {
    throw new TRPCError({
      code: 'PARSE_ERROR',
      message: 'The input cannot be deserialized by the transformer',
      cause,
    });
  }
  if (lastEventId === undefined) return restored;
  if (typeof restored === 'object' && restored !== null && !Array.isArray(restored))
    return { ...restored, lastEventId };
  return restored ?? { lastEventId };
}

/** What `createContext` and middlewares are told. */
export async function describeCall(
  router: AnyTRPCRouter,
  call: ServedCall,
  input: unknown,
): Promise<TRPCRequestInfo> {
  const { path, method, connectionParams } = call.message;
  const { batchIndex, isBatchCall } = call;
  return {
    accept: null,
    type: method,
    isBatchCall,
    calls: [
      {
        path,
        getRawInput: async () => input,
        result: () => input,
        procedure: await getProcedureAtPath(router, path),
        batchIndex,
      },
    ],
    connectionParams:
      connectionParams === undefined ? null : parseConnectionParamsFromUnknown(connectionParams),
    signal: call.controller.signal,
    url: null,
  };
}
