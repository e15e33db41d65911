/** Closes a handler so that nothing is lost and nothing is run twice: leave, finish, abort, write what is left. */
import { type RecordBatcher, within } from '@trpc-kafka/core/internal';
import type { HandlerParts } from './handler-parts.js';

/** How long aborted resolvers have to come to their end: they may ignore their signal. */
const afterAbortMs = 1000;

/** How long the last replies have: brokers may be away. */
const lastRepliesMs = 3000;

/** Closes the parts. Resolves at the latest a few seconds after the grace time. */
export async function closeHandlerParts(
  parts: HandlerParts,
  batcher: RecordBatcher,
  graceMs: number,
): Promise<void> {
  const { requests, oneWay, dispatcher, gathers, control, replier, streams, outcomes } = parts;
  const dispatchers = [dispatcher, oneWay.dispatcher, gathers.dispatcher];
  const idle = (): Promise<unknown> => Promise.all(dispatchers.map((each) => each.idle()));
  // Other instances answer for themselves.
  gathers.stopTaking();
  // Two-way calls: other instances take over at once; what has begun here is answered from here.
  const leaving = requests.leave();
  // One-way calls are committed when they are done: this group is left after that, or they would be done twice.
  oneWay.stopTaking();
  await leaving;
  // Not before others have this instance's partitions: streams that are opened now must not come back here.
  streams.goAway();
  await within(graceMs, requests.taken().then(idle));
  for (const each of dispatchers) each.abortAll('closing');
  await within(afterAbortMs, idle());
  await oneWay.group.leave();
  await within(
    lastRepliesMs,
    replier.handedOver().then(() => batcher.drain()),
  );
  await control.close();
  outcomes.close?.();
  streams.close();
  for (const each of dispatchers) each.close();
}
