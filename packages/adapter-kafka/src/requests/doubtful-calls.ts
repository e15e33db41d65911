/** Which calls that an owner of their partition may have run before it died are not run again. */
import type { CallMessage } from '@trpc-kafka/core/internal';
import type { ReadProcedureOptions } from '../calls/procedure-options.js';

/**
 * Those of the calls that must not be repeated. The procedure's own word counts first: its author knows what a second run
 * does. Without it, tRPC never repeats a mutation silently, so neither may a server that takes over from one that died;
 * unless the caller gave an `idempotencyKey`, and so said that a repetition is no harm. Never rejects.
 */
export async function notToBeRepeated(
  readOptions: ReadProcedureOptions,
  calls: readonly CallMessage[],
): Promise<ReadonlySet<CallMessage>> {
  const forbidden = await Promise.all(calls.map((call) => mayNotRunAgain(readOptions, call)));
  return new Set(calls.filter((_, n) => forbidden[n]));
}

async function mayNotRunAgain(readOptions: ReadProcedureOptions, call: CallMessage): Promise<boolean> {
  if (call.method === 'subscription') return false;
  const { delivery } = await readOptions(call.path);
  if (delivery !== undefined) return delivery === 'at-most-once';
  return call.method === 'mutation' && call.idempotencyKey === undefined;
}
