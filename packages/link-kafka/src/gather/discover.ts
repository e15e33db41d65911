/** Discovery: asks who is there, and has every server instance's word of itself. */
import { TRPCClientError } from '@trpc/client';
import { type HelloReplyMessage, systemClock } from '@trpc-kafka/core/internal';
import type { ClientRuntime } from '../client/client-runtime.js';
import type { KafkaClient } from '../client/kafka-client.js';
import type { GatherAnswerer } from './gather-answer.js';
import { type GatherLimits, readGatherLimits, withLimitNames } from './gather-options.js';
import { createFailedGathering, createGathering, type Gathering, type StartPart } from './gathering.js';
import { helloQuestion } from './hello-question.js';
import { allCaughtUp, runtimesOf } from './kafka-gatherer.js';

/** What a server instance tells of itself. */
export interface DiscoveredServer
  extends GatherAnswerer,
    Omit<HelloReplyMessage, 'kind' | 'id' | 'service' | 'procedures'> {
  /** The procedures it has loaded; only where they were asked for, and fit into a record. */
  readonly procedures?: NonNullable<HelloReplyMessage['procedures']>;
}

/** Options of {@link discover}. */
export interface DiscoverOptions extends GatherLimits<DiscoveredServer> {
  /** Whether servers list their procedures. @default false */
  readonly procedures?: boolean;
}

const optionNames = withLimitNames<keyof Omit<DiscoverOptions, keyof GatherLimits<never>>>({
  procedures: true,
});

/** Servers answer at once: a pause says that no more will. */
const defaultStallMs = 300;

/**
 * Finds the server instances of a service, or of several, also those that are starting or closing (`state` tells).
 * Handlers with `discovery: false` do not answer.
 *
 * @param options `stallMs`: @default 300
 * @example
 * for await (const { server, state, calls, streams } of discover(kafkaClient)) console.log(server, state, calls, streams);
 * const [anyone] = await discover(kafkaClient, { maxAnswers: 1, timeoutMs: 300 }).all();
 */
export function discover(
  clients: KafkaClient | readonly KafkaClient[],
  options: DiscoverOptions = {},
): Gathering<DiscoveredServer> {
  try {
    const runtimes = runtimesOf(clients);
    const { rules, timeoutMs } = readGatherLimits({ stallMs: defaultStallMs, ...options }, optionNames);
    const wants = options.procedures === true ? ['procedures'] : [];
    const parts = runtimes.map((runtime) => partOf(runtime, { timeoutMs, wants }));
    return createGathering({ rules, isCaughtUp: () => allCaughtUp(runtimes), clock: systemClock }, parts);
  } catch (error) {
    return createFailedGathering(TRPCClientError.from(error as Error));
  }
}

interface Hello {
  readonly timeoutMs: number;
  readonly wants: readonly string[];
}

function partOf(runtime: ClientRuntime, { timeoutMs, wants }: Hello): StartPart<DiscoveredServer> {
  const service = runtime.service.name;
  const question = helloQuestion({ service, timeoutMs, wants, controlHeader: () => runtime.controlHeader() });
  return (sink) =>
    runtime.asker.ask(question, {
      answer(message, { instanceId }) {
        if (message.kind !== 'hello-reply') return false;
        const { kind: _kind, id: _id, ...facts } = message;
        sink.answer({ ...facts, server: instanceId });
        return true;
      },
      // It is there, but what it said of itself is lost: it is counted with the replies that cannot be read.
      unreadable() {},
      failed: (error) => sink.failed({ service, error }),
      ended: (error) => sink.ended(error === undefined ? undefined : { service, error }),
    });
}
