/** How many streams a server instance runs at a time: each holds memory, and whatever its generator holds, for as long as its caller likes. */
import { TRPCError } from '@trpc/server';
import type { TransportLogger } from '@trpc-kafka/core';
import type { Counters } from '@trpc-kafka/core/internal';
import type { ServedCall } from '../calls/served-call.js';
import type { KafkaHandlerCounter, KafkaHandlerEvent } from '../options.js';

/** Counts the streams of a server instance. */
export interface StreamLimit {
  /** Takes a place for one more. @throws TRPCError `TOO_MANY_REQUESTS` when there is none; then nothing was taken. */
  enter(call: ServedCall): void;
  /** Gives a place back. */
  leave(): void;
  /** How many are taken. */
  open(): number;
}

/** What a stream limit works with. */
export interface StreamLimitOptions {
  readonly maxStreams: number;
  readonly counters: Counters<KafkaHandlerCounter>;
  readonly logger: TransportLogger;
  readonly emit: (event: KafkaHandlerEvent) => void;
}

/** Makes a count of none. */
export function createStreamLimit({ maxStreams, counters, logger, emit }: StreamLimitOptions): StreamLimit {
  let open = 0;
  /** One that is full refuses whoever comes, perhaps for hours: that is worth a single line. */
  let isLogged = false;

  function refuse({ message: { method, path } }: ServedCall): TRPCError {
    counters.add('streamsRefused');
    emit({ type: 'stream-refused', path, maxStreams });
    if (!isLogged) logger.warn({ path, maxStreams }, 'streams are refused: maxStreams of them are open here');
    isLogged = true;
    return new TRPCError({
      code: 'TOO_MANY_REQUESTS',
      message: `The ${method} ${path} was refused: ${maxStreams} streams are open on this server instance, which is its maxStreams. Try again later, add server instances, or raise maxStreams of applyKafkaHandler`,
    });
  }

  return {
    open: () => open,
    enter(call) {
      if (open >= maxStreams) throw refuse(call);
      open++;
    },
    leave() {
      open--;
      // Not at the first that ends: at the limit they come and go.
      if (open < maxStreams * 0.9) isLogged = false;
    },
  };
}
