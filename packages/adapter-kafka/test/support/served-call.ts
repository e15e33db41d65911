/** A call as its record would have made it, for tests that need one and care for little of it. */
import { ServedCall, type ServedCallOptions } from '../../src/calls/served-call.js';

/** What a test says of a call. */
export type ServedCallFacts = Pick<ServedCallOptions, 'message'> &
  Partial<Pick<ServedCallOptions, 'replyTo' | 'onSettled'>> & { readonly from?: string };

/** Makes a call that was read first in its partition. */
export function createServedCall({
  message,
  replyTo,
  onSettled,
  from = 'caller',
}: ServedCallFacts): ServedCall {
  return new ServedCall({
    message,
    req: {
      topic: 't',
      partition: 0,
      offset: 0,
      timestampMs: 0,
      key: null,
      headers: {},
      from,
      idempotencyKey: undefined,
      oneWay: false,
      maybeRedelivered: false,
      attempt: 1,
    },
    replyTo,
    deadlineMs: undefined,
    batchIndex: 0,
    isBatchCall: false,
    onBegun() {},
    onSettled: onSettled ?? (() => {}),
  });
}
