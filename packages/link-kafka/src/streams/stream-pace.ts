/** A reader's own pace: without it an item counts as consumed when tRPC's client has it, which queues whatever its reader is too slow for. */
import { KafkaTransportError } from '@trpc-kafka/core';

/**
 * Lets the reader of a subscription say when it has taken an item. The server sends no more than one window (64 items,
 * 256 KB) ahead of that, and pulls no more from its generator. A pace is for one subscription at a time.
 */
export interface StreamPace {
  /** Iterates the items of a subscription: each is taken when the next one is asked for. */
  read<TItem>(items: AsyncIterable<TItem>): AsyncGenerator<TItem, void, undefined>;
  /** The oldest item that was not yet taken is. For readers with callbacks; `read` calls it by itself. */
  taken(): void;
}

/** Told of each item that is taken. */
type OnTaken = () => void;

const listeners = new WeakMap<object, { onTaken: OnTaken | undefined }>();

/**
 * Makes a pace, to be given with `kafkaContext`.
 *
 * @example
 * const pace = createStreamPace();
 * const offers = client.offers.search.subscribe(input, { context: kafkaContext({ pace }) });
 * for await (const offer of pace.read(offers)) await store(offer); // however long it takes: the generator waits
 */
export function createStreamPace(): StreamPace {
  const listener: { onTaken: OnTaken | undefined } = { onTaken: undefined };
  const taken = (): void => listener.onTaken?.();
  const pace: StreamPace = {
    async *read(items) {
      for await (const item of items) {
        yield item;
        taken();
      }
    },
    taken,
  };
  listeners.set(pace, listener);
  return pace;
}

/** True for what {@link createStreamPace} made. */
export function isStreamPace(value: unknown): value is StreamPace {
  return typeof value === 'object' && value !== null && listeners.has(value);
}

/**
 * Calls the listener for each item that is taken; returns the remover.
 * @throws KafkaTransportError `INVALID_OPTION` when another subscription has this pace.
 */
export function followPace(pace: StreamPace, onTaken: OnTaken): () => void {
  const listener = listeners.get(pace)!;
  if (listener.onTaken !== undefined) {
    throw new KafkaTransportError({
      code: 'INVALID_OPTION',
      message: '"pace" is that of another subscription that still runs; give each its own createStreamPace()',
    });
  }
  listener.onTaken = onTaken;
  return () => {
    listener.onTaken = undefined;
  };
}
