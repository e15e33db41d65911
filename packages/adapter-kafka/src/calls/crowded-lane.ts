/** What becomes of a call when too many wait already for others of its procedure, or of its key: its caller is told at once. */
import { TRPCError } from '@trpc/server';
import type { Counters } from '@trpc-kafka/core/internal';
import type { KafkaHandlerCounter } from '../options.js';
import type { Replier } from '../replies/replier.js';
import type { ServedCall } from './served-call.js';

/** Answers it with `TOO_MANY_REQUESTS`. */
export function refuseCrowded(
  call: ServedCall,
  { replier, counters }: { readonly replier: Replier; readonly counters: Counters<KafkaHandlerCounter> },
): void {
  const { method, path, input } = call.message;
  counters.add('crowded');
  const error = new TRPCError({
    code: 'TOO_MANY_REQUESTS',
    message: `The ${method} ${path} was refused: too many calls of its procedure, or with its key, wait on this server instance, since only so many may run at a time (meta.kafka: maxConcurrent, ordered). Try again later, add server instances, or allow more`,
  });
  replier.error(call, error, { ctx: undefined, input });
}
