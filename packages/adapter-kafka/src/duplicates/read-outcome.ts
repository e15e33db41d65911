/** Makes of a remembered outcome the answer to another call. */
import { TRPCError } from '@trpc/server';
import {
  type CallMessage,
  type CodecTable,
  type ServerMessage,
  toRecordValue,
} from '@trpc-kafka/core/internal';
import type { KeptOutcome } from './outcome.js';

/**
 * The first answer, addressed to this call.
 * @throws TRPCError where it cannot be read: a store may hold what another release, or another codec, has written.
 */
export function readOutcome(kept: KeptOutcome, call: CallMessage, codecs: CodecTable): ServerMessage {
  const codec = codecs.get(kept.codec);
  if (codec === undefined)
    throw unreadable(`it is written in the codec ${kept.codec}, which this server lacks`);
  const value = toRecordValue(kept.envelope);
  const [first] = codec.decode(typeof value === 'string' ? Buffer.from(value) : value, undefined);
  if (first?.ok !== true) throw unreadable(first?.reason ?? 'it is empty');
  const { message } = first;
  if (message.kind !== 'data' && message.kind !== 'error') throw unreadable(`it is of kind ${message.kind}`);
  const { jsonrpc: _, ...outcome } = message;
  const { id, jsonrpc } = call;
  return { ...outcome, id, ...(jsonrpc === undefined ? {} : { jsonrpc }) };
}

function unreadable(why: string): TRPCError {
  return new TRPCError({
    code: 'INTERNAL_SERVER_ERROR',
    message: `The mutation was carried out before, but its outcome cannot be read: ${why}`,
  });
}
