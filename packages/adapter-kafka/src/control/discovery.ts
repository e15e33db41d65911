/** Discovery: answers whoever asks who is there. Cheap, and no more often than a flood of questions may cost. */
import type { AnyTRPCProcedure, AnyTRPCRouter } from '@trpc/server';
import type { IncomingRecord, KafkaMeta } from '@trpc-kafka/core';
import {
  type Counters,
  type HelloMessage,
  type HelloReplyMessage,
  type InboxAddress,
  type ProcedureFacts,
  protocolFeatures,
} from '@trpc-kafka/core/internal';
import type { InstanceLife } from '../handler/instance-life.js';
import { software } from '../handler/software.js';
import type { KafkaHandlerCounter } from '../options.js';
import type { Replier } from '../replies/replier.js';
import { deadlineOfCall, type RecordReading } from '../requests/record-reading.js';
import { createRateLimit } from './rate-limit.js';

/** Answers hellos. */
export interface Discovery {
  answer(hello: HelloMessage, record: IncomingRecord, replyTo: InboxAddress | undefined): void;
}

/** What changes from one answer to the next. */
export type InstanceLoad = Pick<HelloReplyMessage, 'calls' | 'waiting' | 'streams' | 'assigned'>;

/** What it works with. */
export interface DiscoveryOptions extends Pick<RecordReading, 'appendTime' | 'clockSkewMs'> {
  readonly service: string;
  readonly router: AnyTRPCRouter;
  readonly life: InstanceLife;
  readonly load: () => InstanceLoad;
  readonly replier: Pick<Replier, 'notify'>;
  readonly counters: Counters<KafkaHandlerCounter>;
}

/** An answer is a small record; so many are no load, and enough for whoever asks before each of its calls. */
const answersPerSecond = 100;

/** Makes it. */
export function createDiscovery(options: DiscoveryOptions): Discovery {
  const { service, router, life, load, replier, counters } = options;
  const rate = createRateLimit(answersPerSecond);

  /** An answer that comes too late does no harm, one that is missing for a clock that is off does. */
  function isLate(hello: HelloMessage, record: IncomingRecord, nowMs: number): boolean {
    const deadlineMs = deadlineOfCall(options, record, hello);
    return deadlineMs !== undefined && deadlineMs + options.clockSkewMs < nowMs;
  }

  return {
    answer(hello, record, replyTo) {
      const nowMs = Date.now();
      if (replyTo === undefined || isLate(hello, record, nowMs)) return;
      if (!rate.take()) {
        counters.add('questionsDropped');
        return;
      }
      counters.add('hellos');
      const reply: HelloReplyMessage = {
        kind: 'hello-reply',
        id: hello.id,
        service,
        software,
        features: protocolFeatures,
        state: life.state,
        startedAtMs: life.startedAtMs,
        nowMs,
        ...load(),
      };
      const wanted = hello.wants.includes('procedures');
      if (wanted && replier.notify(replyTo, { ...reply, procedures: proceduresOf(router) })) return;
      replier.notify(replyTo, reply);
    },
  };
}

/** Those that are loaded: nobody who asks should make a server load the lazy parts of its router. */
function proceduresOf(router: AnyTRPCRouter): readonly ProcedureFacts[] {
  const procedures = router._def.procedures as Readonly<Record<string, AnyTRPCProcedure>>;
  return Object.entries(procedures).map(([path, { _def }]) => {
    const gather = (_def.meta as KafkaMeta | undefined)?.kafka?.gather;
    return gather === true ? { path, type: _def.type, gather } : { path, type: _def.type };
  });
}
